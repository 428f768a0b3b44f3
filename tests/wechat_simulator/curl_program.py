# SPDX-License-Identifier: BSL-1.0
"""The simulator's program with curl, and a server that receives what it calls back."""

import http.server
import json
import os
import pathlib
import queue
import subprocess
import tempfile
import threading
import unittest

PROGRAM = pathlib.Path(os.environ["TIDINGS_BUILD_DIR"]) / "tests/support/wechat_simulator/tidings_wechat_simulator"
SEND = "/cgi-bin/message/template/send"
MESSAGE = {"touser": "ann", "template_id": "T", "data": {"thing1": {"value": "tea"}}}
# curl's exit codes.
COULD_NOT_CONNECT, PARTIAL_FILE, TIMED_OUT, EMPTY_REPLY, RECEIVE_ERROR = 7, 18, 28, 52, 56


class Receiver(http.server.ThreadingHTTPServer):
    """Receives callbacks, and answers with the next of `statuses`, else with 200."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.came = queue.Queue()
        self.statuses = queue.Queue()
        self.stalls = queue.Queue()
        self.ends_quietly = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A connection that the simulator's end has cut."""

    def url(self):
        return f"http://127.0.0.1:{self.server_port}/wechat"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.put((self.path, body.decode()))
        if not self.server.stalls.empty():
            self.server.stalls.get().wait(timeout=60)
        status = 200 if self.server.statuses.empty() else self.server.statuses.get()
        self.send_response(status)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")
        self.close_connection = self.close_connection or self.server.ends_quietly

    def log_message(self, *_):
        pass


class Simulator:
    """The program with one account, until `close`."""

    def __init__(self, words=(), scheme="http", more=(), options=()):
        config = {**dict(options), "accounts": [{"kind": "oa", "appid": "wx1", "secret": "s1", "users": [{"openid": "ann"}],
                                "templates": [{"id": "T", "keys": {"thing1": "thing"}}]}]}
        self.process = subprocess.Popen([PROGRAM, "--config", "-", *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(config) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().split()
        self.api = f"{scheme}://127.0.0.1:{line[1]}"
        self.sim = f"http://127.0.0.1:{line[3]}/_sim/"
        self.more = more

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(timeout=60)

    def curl(self, *words):
        return subprocess.run(["curl", "-sS", "--max-time", "60", "--noproxy", "*", *self.more, *words],
                              capture_output=True, text=True, check=False)

    def admin(self, path, body=None):
        words = [] if body is None else ["-d", json.dumps(body)]
        done = subprocess.run(["curl", "-sSf", "--noproxy", "*", *words, self.sim + path], capture_output=True,
                              text=True, check=True)
        return json.loads(done.stdout)

    def token(self):
        claim = "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=s1"
        return json.loads(self.curl(self.api + claim).stdout)["access_token"]

    def send_words(self, token):
        return ["-d", json.dumps(MESSAGE), f"{self.api}{SEND}?access_token={token}"]

    def send(self, token, *words):
        return self.curl(*words, *self.send_words(token))

    def fail(self, action):
        self.admin("faults", {"match": {"path": SEND}, "action": action})

    def delivered(self):
        return len(self.admin("delivered")["entries"])


class Cases:
    """What holds over HTTP and over HTTPS."""

    def setUp(self):
        self.simulator = self.start()
        self.token = self.simulator.token()

    def tearDown(self):
        self.assertEqual(self.simulator.close(), 0)

    def fails(self, action, code, *words):
        self.simulator.fail(action)
        done = self.simulator.send(self.token, *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_a_send(self):
        answer = json.loads(self.simulator.send(self.token).stdout)
        self.assertEqual(answer["errcode"], 0)
        self.assertGreater(answer["msgid"], 2**53)
        entry = self.simulator.admin("journal?after=1")["entries"][0]
        self.assertEqual((entry["path"], entry["generation"], entry["body"]), (SEND, 1, MESSAGE))

    def test_a_kept_connection(self):
        done = self.simulator.curl("-w", "%{num_connects}\n", *self.simulator.send_words(self.token), "--next", "-sS",
                                   *self.simulator.more, "-w", "%{num_connects}\n",
                                   *self.simulator.send_words(self.token))
        self.assertEqual([line[-1] for line in done.stdout.splitlines()], ["1", "0"])
        self.assertEqual(self.simulator.delivered(), 2)

    def test_http_status(self):
        self.assertIn("<html>", self.fails({"http_status": 502}, 0))
        self.assertEqual(self.simulator.delivered(), 0)

    def test_timeout_before_commit(self):
        self.fails("timeout_before_commit", TIMED_OUT, "--max-time", "2")
        self.assertEqual(self.simulator.delivered(), 0)

    def test_timeout_after_commit(self):
        self.fails("timeout_after_commit", TIMED_OUT, "--max-time", "2")
        self.assertEqual(self.simulator.delivered(), 1)

    def test_timeout_with_an_end(self):
        self.simulator.fail({"timeout_after_commit": True, "hold_ms": 50})
        self.assertIn(self.simulator.send(self.token).returncode, (EMPTY_REPLY, RECEIVE_ERROR))

    def test_reset_after_headers(self):
        self.fails("reset_after_headers", RECEIVE_ERROR)
        self.assertEqual(self.simulator.delivered(), 1)

    def test_reset(self):
        self.fails("reset", RECEIVE_ERROR)
        self.assertEqual(self.simulator.delivered(), 0)

    def test_truncated_body(self):
        self.simulator.fail("truncated_body")
        done = self.simulator.send(self.token)
        # Over TLS the missing goodbye is seen first.
        self.assertIn(done.returncode, (PARTIAL_FILE, RECEIVE_ERROR), done.stderr)
        self.assertTrue(done.stdout.startswith("{"))

    def test_half_close(self):
        self.simulator.fail("half_close")
        self.assertIn(self.simulator.send(self.token).returncode, (EMPTY_REPLY, RECEIVE_ERROR))
        self.assertEqual(self.simulator.delivered(), 1)

    def test_slow_drip(self):
        out = self.fails({"slow_drip": 1}, 0, "-w", "\n%{time_total}")
        body, took = out.split("\n")
        self.assertEqual(json.loads(body)["errcode"], 0)
        self.assertGreater(float(took), 0.1)

    def test_delay(self):
        out = self.fails({"delay_ms": 200}, 0, "-w", "\n%{time_total}")
        self.assertGreater(float(out.split("\n")[1]), 0.2)

    def test_close_keepalive(self):
        self.simulator.fail("close_keepalive")
        again = ["--next", "-sS", *self.simulator.more, *self.simulator.send_words(self.token)]
        done = self.simulator.curl("-v", *self.simulator.send_words(self.token), *again)
        # curl knows that such a connection may have ended meanwhile, and takes another.
        self.assertEqual(done.stdout.count('"errcode":0'), 2, done.stderr)
        self.assertEqual(self.simulator.delivered(), 2)
        used = [each["fault"] for each in self.simulator.admin("journal")["entries"]]
        self.assertEqual(used, [None, None, {"close_keepalive": True}, None])

    def test_redirect(self):
        out = self.fails({"redirect": "http://127.0.0.1:1/x"}, 0, "-w", "%{http_code} %{redirect_url}")
        self.assertEqual(out, "302 http://127.0.0.1:1/x")

    def test_broken_answers(self):
        self.assertEqual(self.fails("empty_body", 0), "")
        with self.assertRaises(ValueError):
            json.loads(self.fails("garbage_json", 0))
        self.assertIn("text/plain", self.fails("wrong_content_type", 0, "-i"))

    def test_nobody_can_connect(self):
        self.simulator.admin("listener", {"open": False})
        self.assertEqual(self.simulator.send(self.token).returncode, COULD_NOT_CONNECT)
        self.simulator.admin("listener", {"open": True})
        self.assertEqual(self.simulator.send(self.token).returncode, 0)

    def test_nobody_can_connect_for_a_while(self):
        self.simulator.fail({"refuse_connect": 3000})
        self.assertEqual(self.simulator.send(self.token).returncode, RECEIVE_ERROR)
        self.assertEqual(self.simulator.send(self.token).returncode, COULD_NOT_CONNECT)
        words = ["--retry", "20", "--retry-delay", "1", "--retry-connrefused"]
        self.assertEqual(self.simulator.send(self.token, *words).returncode, 0)
        self.assertEqual(self.simulator.delivered(), 1)


class OverHttp(Cases, unittest.TestCase):
    def start(self):
        return Simulator()


class OverHttps(Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.files = [os.path.join(cls.folder.name, name) for name in ("certificate.pem", "key.pem")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out",
                        cls.files[0], "-keyout", cls.files[1]], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def start(self):
        return Simulator(["--tls", *self.files], "https", ["--cacert", self.files[0]])


class Receipts(unittest.TestCase):
    """What the server of the account gets."""

    def setUp(self):
        self.receiver = Receiver()
        self.simulator = Simulator()
        self.simulator.admin("account/wx1", {"callback": {"url": self.receiver.url()}})
        self.token = self.simulator.token()

    def tearDown(self):
        self.simulator.close()
        self.receiver.shutdown()
        self.receiver.server_close()

    def test_a_receipt_comes(self):
        msgid = json.loads(self.simulator.send(self.token).stdout)["msgid"]
        path, body = self.receiver.came.get(timeout=60)
        self.assertIn("/wechat?signature=", path)
        self.assertIn(f"<MsgID>{msgid}</MsgID>", body)
        self.assertIn("<![CDATA[success]]>", body)

    def test_it_comes_again_until_it_is_received(self):
        self.receiver.statuses.put(500)
        self.receiver.statuses.put(503)
        self.simulator.send(self.token)
        bodies = [self.receiver.came.get(timeout=60)[1] for _ in range(3)]
        self.assertEqual(len(set(bodies)), 1)

    def test_it_comes_before_the_answer(self):
        self.simulator.admin("account/wx1", {"callback": {"before_answer": True}})
        self.assertEqual(self.simulator.send(self.token).returncode, 0)
        # It is here already.
        self.assertIn("TEMPLATESENDJOBFINISH", self.receiver.came.get_nowait()[1])

    def test_it_comes_although_the_answer_does_not(self):
        self.simulator.fail("timeout_after_commit")
        self.assertEqual(self.simulator.send(self.token, "--max-time", "2").returncode, TIMED_OUT)
        self.assertIn("TEMPLATESENDJOBFINISH", self.receiver.came.get(timeout=60)[1])

    def test_it_comes_when_its_time_is_there(self):
        self.simulator.admin("account/wx1", {"callback": {"delay_ms": [7200000, 7200000]}})
        self.simulator.send(self.token)
        self.simulator.admin("clock", {"advance_ms": 7199999})
        self.assertEqual(self.simulator.admin("callbacks")["entries"][0]["state"], "waiting")
        self.simulator.admin("clock", {"advance_ms": 1})
        self.receiver.came.get(timeout=60)


    def test_connections_are_kept_and_their_end_is_no_attempt(self):
        self.receiver.ends_quietly = True
        for _ in range(3):
            self.simulator.send(self.token)
            self.receiver.came.get(timeout=60)
        self.simulator.admin("account/wx1", {"callback": {"before_answer": True}})
        self.simulator.send(self.token)
        for each in self.simulator.admin("callbacks")["entries"][-1:]:
            self.assertEqual([attempt["status"] for attempt in each["attempts"]], [200])

    def test_who_is_slow_is_asked_again(self):
        self.simulator.admin("account/wx1", {"callback": {"timeout_ms": 100}})
        is_over = threading.Event()
        self.receiver.stalls.put(is_over)
        self.simulator.send(self.token)
        first, second = (self.receiver.came.get(timeout=60)[1] for _ in range(2))
        is_over.set()
        self.assertEqual(first, second)


class RealClock(unittest.TestCase):
    def test_time_passes_by_itself(self):
        receiver = Receiver()
        simulator = Simulator(options={"clock": "real"})
        simulator.admin("account/wx1", {"callback": {"url": receiver.url(), "delay_ms": [300, 300]}})
        simulator.send(simulator.token())
        receiver.came.get(timeout=60)
        entry = simulator.admin("callbacks")["entries"][0]
        self.assertGreaterEqual(entry["attempts"][0]["at"], entry["due"])
        simulator.close()
        receiver.shutdown()
        receiver.server_close()


class Life(unittest.TestCase):
    def test_sigterm_ends_it(self):
        simulator = Simulator()
        simulator.process.terminate()
        self.assertEqual(simulator.process.wait(timeout=60), 0)
        simulator.process.stdin.close()
        simulator.process.stdout.close()

    def test_the_example_in_the_readme_starts(self):
        readme = pathlib.Path(__file__).parent.parent / "support/wechat_simulator/README.md"
        example = readme.read_text().split("```json")[1].split("```")[0]
        done = subprocess.run([PROGRAM, "--config", "-"], input=json.dumps(json.loads(example)) + "\n",
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout[:4], done.stderr), (0, "api ", ""))

    def test_a_wrong_configuration_is_told(self):
        done = subprocess.run([PROGRAM, "--config", "-"], input='{"acounts": []}\n', capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("acounts", done.stderr)


if __name__ == "__main__":
    unittest.main()
