"""The same records through plain, idiomatic Django REST framework."""
