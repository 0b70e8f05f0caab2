"""The calls as the five model pages print them. No imports, for SDK programs that have nothing but the SDK."""

from __future__ import annotations

from typing import Any

CALLS: dict[str, dict[str, Any]] = {
    "image-converter": {
        "image_url": "https://i.ibb.co/ZSS2hDV/d9602ae7-ff9b-4d64-b121-a5bd96a7d703.jpg",
        "target_format": "png",
    },
    "smart-banner-resizer": {
        "image_url": "https://segmind-resources.s3.amazonaws.com/input/smart-banner-resizer-input.png",
        "target_sizes": ["1080x1080", "1080x1920", "1200x628"],
        "num_images_per_size": 1,
        "resolution": "1K",
        "output_format": "png",
        "safety_tolerance": "4",
    },
    "sam-img2img": {
        "image": "https://segmind.com/kitchen.jpg",
    },
    "w2imgsd1.5-img2img": {
        "image": "https://segmind.com/word2img_input.png",
        "prompt": "top-view, A mouth-watering pizza topped with gooey cheese and fresh ingredients,Food Photography",
        "negative_prompt": "square, poorly drawn, low quality",
        "scheduler": "ddim",
        "num_inference_steps": 25,
        "guidance_scale": 7.5,
        "control_scale": 1.9,
        "control_start": 0.19,
        "control_end": 1,
        "samples": 1,
        "seed": 6130473235,
        "size": 768,
        "base64": False,
    },
    "sd1.5-img2img": {
        "image": "/sd-img2img-input.jpeg",
        "samples": 1,
        "prompt": "A fantasy landscape, trending on artstation, mystical sky",
        "negative_prompt": "nude, disfigured, blurry",
        "scheduler": "DDIM",
        "num_inference_steps": 25,
        "guidance_scale": 10.5,
        "strength": 0.75,
        "seed": 98877465625,
        "img_width": 512,
        "img_height": 512,
        "base64": False,
    },
}

PICTURES = {slug: 3 if slug == "smart-banner-resizer" else 1 for slug in CALLS}
"""How many pictures each printed call makes."""


def steered(word: str) -> dict[str, Any]:
    """The sd1.5-img2img call with a magic word in its prompt."""
    call = CALLS["sd1.5-img2img"]
    return call | {"prompt": f"{call['prompt']} {word}"}
