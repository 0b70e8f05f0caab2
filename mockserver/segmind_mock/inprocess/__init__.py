"""The service without a socket: calls of client libraries in this process are answered by the app itself."""
