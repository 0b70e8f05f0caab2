"""Where things happen to exchanges: scenarios, the header `Prefer` and keys that end in a status all meet here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from segmind_mock.accounts import MICRO
from segmind_mock.control import Control, Refused
from segmind_mock.errors import ApiError
from segmind_mock.fault_words import words_of, words_of_change
from segmind_mock.faults import AccountChange, Delay, Effects, Error, OtherPicture, Replay, SetHeader, together
from segmind_mock.journal import Room
from segmind_mock.operations import GENERATIONS, Operation
from segmind_mock.scenarios.running import Run
from segmind_mock.steering import answers as answered_so
from segmind_mock.steering import preferred
from segmind_mock.subjects import Subject
from segmind_mock.web import answers
from segmind_mock.web.access import Access
from segmind_mock.web.answers import Answer, send_plainly
from segmind_mock.web.asked import Asked
from segmind_mock.web.call import Call
from segmind_mock.web.changes import changed
from segmind_mock.web.files import Files
from segmind_mock.web.instead import Circumstances, answer_of
from segmind_mock.web.memories import BYTES_KEPT, Memory
from segmind_mock.web.reading import ClientGone, Reader, Receive
from segmind_mock.web.sending import send_with
from segmind_mock.wire import wire_of
from segmind_mock.world import World


class Happening(NamedTuple):
    """One exchange and what happens to it."""

    call: Call
    operation: Operation
    argument: str
    effects: Effects
    draw: bytes
    """Sixteen random bytes that belong to it."""


class Happenings:
    """Decides what happens to an exchange, and brings it about."""

    def __init__(self, control: Control, access: Access, reader: Reader, files: Files) -> None:
        self._control = control
        self._backend = control.backend
        self._access = access
        self._reader = reader
        self._files = files
        self._room = Room(BYTES_KEPT)
        self._memories: WeakKeyDictionary[Run, Memory] = WeakKeyDictionary()

    async def met(self, call: Call, operation: Operation, argument: str, receive: Receive) -> Happening:
        """What happens to a call. The account is changed, and the rules that fire are used up, when this returns."""
        run = call.world.run
        if run is not None and run.needs_body and operation in GENERATIONS:
            await self._read(call, receive)
            run = call.world.run
        subject = Asked(call, operation, argument, self._backend, self._files)
        fired = None if run is None else run.take(subject, call.now)
        several = [*_steered(call, operation)]
        if fired is not None:
            several.append(fired.effects)
            call.noted().rules.extend(fired.rules)
        effects = together(several)
        if several:
            call.noted().faults.extend(words_of(effects, operation))
        for change in effects.account:
            self._change(call, change)
        if operation in GENERATIONS:
            call.plan = effects.job
        if call.notes is not None:
            self._note_job(call, subject)
        return Happening(call, operation, argument, effects, b"\0" * 16 if fired is None else fired.draw)

    async def answered(self, happening: Happening, own: Answer | None) -> Answer:
        """What the client is answered; `own` is the service's answer, if it did its work."""
        call, operation, argument, effects, _ = happening
        circumstances = self._circumstances(happening)
        if operation in GENERATIONS and call.notes is not None:
            call.notes.job = call.job
        memory = self._memory(call.world)
        answer: Answer | None = None
        if isinstance(effects.answer, Replay):
            answer = None if memory is None else memory.replayed(effects.answer, operation, argument)
        elif effects.answer is not None:
            answer = answer_of(effects.answer, circumstances)
        if answer is None:
            answer = own if own is not None else answers.of_error(ApiError("This mock was told to give no answer."))
        if memory is not None and own is not None:
            memory.note(operation, argument, own)
        for change in effects.changes:
            is_file = operation is Operation.FILE and effects.answer is None and answer.status < 400
            if isinstance(change, OtherPicture) and is_file:
                answer = await self._files.repainted(argument, change) or answer
        return changed(answer, effects.changes, circumstances)

    async def send(self, happening: Happening, answer: Answer, send: Any) -> None:
        """Bring an answer to the client, over a wire that does what it is told to."""
        call, wire = happening.call, happening.effects.wire
        scope = call.scope
        if not wire:
            await send_plainly(answer, send)
            return
        for delay in wire:
            if isinstance(delay, Delay):
                call.noted().held = delay.seconds(happening.draw)
        await send_with(
            wire,
            answer,
            wire=wire_of(scope),
            send=send,
            draw=happening.draw,
            told=call.noted().faults,
            real=call.real,
            head_only=scope["method"] == "HEAD",
        )

    def _change(self, call: Call, change: AccountChange) -> None:
        try:
            self._control.change(call.world, change)
        except Refused as refusal:
            call.noted().faults.append(f"account not changed: {refusal}")
        else:
            call.noted().faults.extend(words_of_change(change))

    def _memory(self, world: World) -> Memory | None:
        """The answers that a world's scenario may want to give again; None where it wants none."""
        run = world.run
        if run is None or not run.scenario.replays:
            return None
        memory = self._memories.get(run)
        if memory is None:
            memory = self._memories[run] = Memory(self._room)
        return memory

    async def _read(self, call: Call, receive: Receive) -> None:
        try:
            await self._reader.body(call, receive)
        except (ApiError, ClientGone):
            return  # whoever reads it next is told the same

    def _circumstances(self, happening: Happening) -> Circumstances:
        call, operation, argument, _, _ = happening
        entry = self._backend.entries.get(argument) if operation in GENERATIONS else None
        try:
            origin = self._access.origin(call.scope, call.headers)
        except ApiError:
            origin = ""
        return Circumstances(
            operation=operation,
            argument=argument,
            method=call.scope["method"],
            origin=origin,
            now=call.now,
            quirks=call.world.quirks,
            needed=entry.least_cost / MICRO if entry is not None else 0.0,
        )

    def _note_job(self, call: Call, subject: Subject) -> None:
        notes = call.noted()
        notes.model, notes.state, notes.age = subject.model, subject.state, subject.age
        # A generation has no job before it was taken; `answered` knows whether it was.
        notes.job = None if subject.operation in GENERATIONS else subject.job


def _steered(call: Call, operation: Operation) -> Iterator[Effects]:
    """What a caller asks for itself: by the header `Prefer`, or by a key that ends in a status."""
    header = call.headers.get(b"prefer")
    if header is not None:
        preference = preferred(header)
        if preference.problem is not None:
            call.noted().steered = "Prefer is not understood"
            yield Effects(answer=Error(code=400, text=preference.problem))
        elif preference.applied:
            call.noted().steered = f"Prefer: {preference.applied}"
            yield Effects(
                answer=None if preference.code is None else Error(code=preference.code),
                changes=(SetHeader(name="preference-applied", value=preference.applied),),
                wire=() if preference.delay is None else (Delay(low=preference.delay, high=preference.delay),),
            )
    code = call.world.magic
    if code is not None and operation in answered_so(code):
        call.noted().steered = call.noted().steered or f"the key ends in 0{code}"
        yield Effects(answer=Error(code=code))
