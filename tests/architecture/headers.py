# SPDX-License-Identifier: BSL-1.0
"""Headers are short, so are their functions, and nothing in them has a copy per translation unit."""

import bisect
import re

import repository

MAX_HEADER_LINES = 400
MAX_FUNCTION_LINES = 40
REASON = re.compile(r"// Long because \w")
FORBIDDEN = {
    r"\b__COUNTER__\b": "__COUNTER__ differs between translation units",
    r"#\s*(define|undef)\s+(ASIO_NO_DEPRECATED|JSON_USE_IMPLICIT_CONVERSIONS)\b": "is the user's to set",
    r"\bnamespace\s*\{": "anonymous namespace in a header",
}
COMMENT_OR_TEXT = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])+'|\"(?:\\.|[^\"\\\n])*\"", re.S)
DIGIT_SEPARATOR = re.compile(r"(?<=\d)'(?=\d)")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
TEMPLATE = re.compile(r"\btemplate\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>")
MARKER = re.compile(r"\bTIDINGS_NAMESPACE_(?:BEGIN|END)\b|\b(?:public|private|protected)\s*:(?!:)")
TYPE = re.compile(r"\s*(?:friend\s+|typedef\s+)?(?:class|struct|union|enum)\b")


def blank(pattern, text):
    """Replaces matches by blanks, so that offsets and lines stay."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def bare(text):
    for pattern in (DIGIT_SEPARATOR, COMMENT_OR_TEXT, DIRECTIVE, MARKER):
        text = blank(pattern, text)
    return text


class Scanner:
    """Follows braces through namespaces and classes; what opens a brace there with parentheses is a function."""

    def __init__(self, text):
        self.text = text
        self.statement = 0  # where the statement that is being read began
        self.functions = []  # (begin of the statement, opening brace, closing brace)
        self.namespace_statements = []  # at namespace scope: (begin, text)

    def kind(self, begin, brace):
        head = blank(TEMPLATE, self.text[begin:brace])
        if re.search(r"\bnamespace\b|\bextern\s*$", head):
            return "namespace"
        if TYPE.match(head):
            return "class"
        return "function" if "(" in head and "concept" not in head else "value"

    def scan(self):
        scopes = []
        for match in re.finditer(r"[{};]", self.text):
            at, char = match.start(), match.group()
            if char == "{":
                self.open(scopes, at)
            elif char == "}" and scopes:
                self.close(scopes, at)
            elif char == ";" and (not scopes or scopes[-1][0] in ("namespace", "class")):
                self.end_statement(scopes, at)
        return self

    def open(self, scopes, at):
        inside = bool(scopes) and scopes[-1][0] in ("function", "value")
        kind = scopes[-1][0] if inside else self.kind(self.statement, at)
        scopes.append((kind, self.statement, at, inside))
        if kind in ("namespace", "class"):
            self.statement = at + 1

    def close(self, scopes, at):
        kind, begin, brace, inside = scopes.pop()
        if inside or re.match(r"\s*[,{]", self.text[at + 1 :]):  # the latter: a member initialiser
            return
        if kind == "function":
            self.functions.append((begin, brace, at))
        if kind != "value":
            self.end_statement(scopes, at)

    def end_statement(self, scopes, at):
        if all(scope[0] == "namespace" for scope in scopes):
            self.namespace_statements.append((self.statement, self.text[self.statement : at]))
        self.statement = at + 1


class Lines:
    def __init__(self, text):
        self.starts = [m.end() for m in re.finditer(r"^|\n", text)]

    def number(self, offset):
        return bisect.bisect_right(self.starts, offset)


def check_header(repo, header):
    text = repo.text("include/" + header)
    lines = Lines(text)
    scanner = Scanner(bare(text)).scan()
    count = text.count("\n")
    if count >= MAX_HEADER_LINES:
        repo.complain(header, f"{count} lines; a header stays under {MAX_HEADER_LINES}")
    for begin, brace, end in scanner.functions:
        length = max(1, lines.number(end) - lines.number(brace) - 1)
        if length >= MAX_FUNCTION_LINES and not REASON.search(text[begin:brace]):
            repo.complain(f"{header}:{lines.number(brace)}", f"function of {length} lines; it stays under "
                          f"{MAX_FUNCTION_LINES}, or a comment above it says `// Long because ...`")
    for begin, statement in scanner.namespace_statements:
        words = blank(TEMPLATE, statement)
        if re.match(r"[^(={]*\bstatic\b", words):
            number = lines.number(begin + len(statement) - len(statement.lstrip()))
            repo.complain(f"{header}:{number}", "static at namespace scope: use inline")
    code = blank(COMMENT_OR_TEXT, text)
    for pattern, why in FORBIDDEN.items():
        for match in re.finditer(pattern, code):
            repo.complain(f"{header}:{lines.number(match.start())}", f"{match.group()}: {why}")


def check_headers(repo):
    for header in repo.headers():
        check_header(repo, header)


if __name__ == "__main__":
    repository.run("headers", check_headers)
