from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.head import EmptyHead


def answer(method, response):
    return EmptyHead(lambda request: response)(RequestFactory().generic(method, "/"))


def test_head_has_the_length_and_no_body():
    response = answer("HEAD", HttpResponse(b"four", headers={"Content-Length": "4"}))
    assert response.content == b""
    assert response.headers["Content-Length"] == "4"


def test_get_keeps_its_body():
    assert answer("GET", HttpResponse(b"four")).content == b"four"


def test_stream_is_not_read_for_head():
    def rows():
        yield b"one"
        raise AssertionError("read")

    assert list(answer("HEAD", StreamingHttpResponse(rows())).streaming_content) == []
