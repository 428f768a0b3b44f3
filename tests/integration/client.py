# SPDX-License-Identifier: BSL-1.0
"""A client of the standard library alone: client.py sse|poll URL COUNT prints the data of COUNT messages, a line each.

Both come back when they are cut, with what they have: the stream with Last-Event-ID, the poll with its cursor.
"""

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

GIVE_UP = 20.0


def get(url, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=GIVE_UP)


def say(text):
    print(text, flush=True)


def events(answer):
    """(id, event, data) of each event of a stream, by the rules of WHATWG HTML 9.2.6."""
    fields = {}
    for line in answer:
        text = line.decode().rstrip("\r\n")
        if text:
            name, _, value = text.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
            continue
        if "data" in fields or "retry" in fields:
            yield fields
        fields = {}


def sse(url, count):
    last, retry = None, 1.0
    while True:
        headers = {"Accept": "text/event-stream"}
        if last:
            headers["Last-Event-ID"] = last
        with get(url, **headers) as answer:
            say("open")
            for event in events(answer):
                retry = int(event.get("retry", retry * 1000)) / 1000
                last = event.get("id", last)
                if "data" not in event:
                    continue
                say(event["data"])
                count -= 1
                if count == 0:
                    return
        time.sleep(retry)  # as the server said


def patiently(url):
    """The answer, as soon as the server is ready to give one."""
    while True:
        try:
            return get(url)
        except urllib.error.HTTPError as refused:
            if refused.status not in (429, 503):
                raise
            time.sleep(int(refused.headers["Retry-After"]))  # as the server said


def poll(url, count):
    cursor = None
    while count > 0:
        # The first one asks where the topics stand, the others wait for news.
        query = {"wait": 20, "after": cursor} if cursor else {}
        with patiently(f"{url}&{urllib.parse.urlencode(query)}") as answer:
            if answer.status == 204:
                continue
            body = json.load(answer)
        if cursor is None:
            say("open")
        cursor = body["cursor"]
        for message in body["messages"]:
            say(message["data"])
            count -= 1


if __name__ == "__main__":
    {"sse": sse, "poll": poll}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
