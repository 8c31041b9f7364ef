"""What answers hold, as types: the document of the API is made from them, the client gives them, and what the service answers
is tested against them."""
