"""What the examples share: a devnet of their own, honest calls, and forgeries that must change nothing.

Standard library only. `LIONML` may name LionML's command (else `cargo run --release` is used), `LIONML_LEO` Leo's, and
`LIONML_LEO_EXTENSION` the extension. Everything is built in a temporary directory; the devnet ends with this process.
"""

import argparse
import copy
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
REGISTRY = "lionml_registry.aleo"
CARELESS = "careless_reader.aleo"

# Accounts that every new devnet has with credits; everybody knows their keys.
OWNER = "APrivateKey1zkp8CZNn3yeCseEtxuVPbDCwSyhGW6yZKUYKfgXmcpoGPWH"
SECOND = "APrivateKey1zkp2RWGDcde3efb89rjhME1VYA8QMxcxep5DShNBR6n8Yjh"
THIEF = "APrivateKey1zkp2GUmKbVsuc1NSj28pa1WTQuZaK5f1DQJAT6vPcHyWokG"
ADDRESS = {
    OWNER: "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px",
    SECOND: "aleo1s3ws5tra87fjycnjrwsjcrnw2qxr8jfqqdugnf0xzqqw29q9m5pqem2u4t",
    THIEF: "aleo1ashyu96tjwe63u0gtnnv8z5lhapdu4l5pjsl2kha7fv7hvz2eqxs5dz0rg",
}

# What a user's own environment says of networks and caches must not leak into a run.
FOREIGN = ["NETWORK", "ENDPOINT", "PRIVATE_KEY", "DEVNET", "XDG_CACHE_HOME"]
PROOF_BYTES = 957
KEY_BYTES = 673
# The public values of both models, padding included, and those that the registry's view takes.
PUBLICS, CHECKED = 8, 64
IDENTIFIER = re.compile(r"at1[a-z0-9]{58}")


class Unexpected(Exception):
    """Something went otherwise than an example says."""


class Outcome:
    """What became of a transaction, in the network's own words."""

    def __init__(self, accepted, by, answer, transaction=None):
        self.accepted, self.by, self.answer, self.transaction = accepted, by, answer, transaction


class Devnet:
    """A node of our own, and the commands that speak with it."""

    def __init__(self, work):
        self.work = work
        self.lionml_command = [os.environ["LIONML"]] if os.environ.get("LIONML") else [
            "cargo", "run", "--quiet", "--release", "--locked", "--manifest-path", str(ROOT / "Cargo.toml"), "--",
        ]  # fmt: skip
        # What the tools keep between runs is thrown away as well; cargo and rustup stay where they are.
        home = Path.home()
        settings = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.environment = {
            "CARGO_HOME": str(home / ".cargo"), "RUSTUP_HOME": str(home / ".rustup"), **settings,
            "HOME": str(work / "home"), "NO_COLOR": "1",
        }  # fmt: skip
        self.leo_command = os.environ.get("LIONML_LEO") or "leo"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.node = ["--endpoint", self.endpoint]
        self.count = 0

    def __enter__(self):
        self.lionml("devnet", "start", "--port", str(self.port))
        return self

    def __exit__(self, *_):
        self.lionml("devnet", "stop", "--port", str(self.port))

    def run_lionml(self, *arguments):
        """LionML's answer and whether it succeeded."""
        command = [*self.lionml_command, *map(str, arguments), "--json"]
        done = subprocess.run(
            command, env=self.environment, cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True
        )
        try:
            return json.loads(done.stdout.decode().splitlines()[-1]), done.returncode == 0
        except (IndexError, ValueError):
            raise Unexpected(f"`lionml {arguments[0]}` answered nothing: {done.stderr.decode()}") from None

    def lionml(self, *arguments):
        answer, succeeded = self.run_lionml(*arguments)
        if not succeeded:
            raise Unexpected(f"`lionml {' '.join(map(str, arguments))}`: {json.dumps(answer)}")
        return answer

    def leo(self, directory, key, *arguments):
        """Leo's answer as JSON."""
        self.count += 1
        answer = self.work / f"leo-{self.count}.json"
        environment = {**self.environment, "PRIVATE_KEY": key}
        command = [self.leo_command, f"--json-output={answer}", *map(str, arguments), "--network", "testnet", *self.node]
        done = subprocess.run(command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0 or not answer.is_file():
            raise Unexpected(f"`leo {arguments[0]} {arguments[1]}`: {(done.stdout + done.stderr).decode()[-2000:]}")
        return json.loads(answer.read_text())

    def get(self, path, body=None):
        """What the node answers; a body is posted to it as JSON."""
        posted = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.endpoint}/testnet/{path}", posted, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def mapping(self, program, name, key):
        return self.get(f"program/{program}/mapping/{name}/{key}")

    def state(self, programs):
        """All that these programs store."""
        return {
            f"{program}/{name}": sorted(self.get(f"program/{program}/mapping/{name}?all=true"))
            for program in programs
            for name in self.get(f"program/{program}/mappings")
        }

    def outcome(self, transaction):
        """What the node says of a transaction that it took into a block."""
        status = self.get(f"transaction/confirmed/{transaction}")["status"]
        return Outcome(status == "accepted", "network", f"{status}, transaction {transaction}", transaction)

    def broadcast(self, transaction):
        """Hands the bytes of a transaction to the node, as anybody can."""
        try:
            return self.outcome(self.get("transaction/broadcast", transaction))
        except urllib.error.HTTPError as error:
            return Outcome(False, "node", told(error))

    def check(self, number, statement, proof):
        """What the registry's own view says of a proof: it is free, and changes nothing."""
        padded = statement + [0] * (CHECKED - len(statement))
        try:
            [answer] = self.get(
                f"program/{REGISTRY}/view/check", [f"{number}u32", array(padded, "field"), array(proof, "u8")]
            )
            return answer
        except urllib.error.HTTPError as error:
            return told(error)

    def execute(self, key, function, *inputs):
        """Executes a function of a program on the network with Leo alone."""
        with tempfile.TemporaryDirectory(dir=self.work) as empty:
            saved = Path(empty) / "saved"
            arguments = ["execute", function, *inputs, "--skip-execute-proof", "--devnet", "--yes", "--save", saved]
            self.leo(empty, key, *arguments)
            [file] = saved.iterdir()
            return self.broadcast(json.loads(file.read_text()))

    def deploy(self, key, directory):
        """Deploys a package with Leo alone."""
        arguments = ["deploy", "--skip-deploy-certificate", "--devnet", "--yes", "--broadcast"]
        answer = self.leo(directory, key, *arguments)
        if not answer["deployments"][-1]["broadcast"]["confirmed"]:
            raise Unexpected(f"the program in {directory} was not deployed")

    def call(self, call, package, key):
        """Executes a stored call with LionML."""
        self.count += 1
        file = self.work / f"call-{self.count}.json"
        file.write_text(json.dumps(call))
        arguments = ["leo", "execute", "--call-file", file, "--package", package, "--private-key", key, "--yes"]
        answer, succeeded = self.run_lionml(*arguments, *self.node)
        return self.sent(answer, succeeded)

    def sent(self, answer, succeeded):
        """What became of what LionML sent."""
        if succeeded:
            outcome = self.outcome(answer["transaction"])
            outcome.answer += f", for {answer['fee']['total'] / 1_000_000:.4f} credits"
            return outcome
        error = answer["error"]
        found = IDENTIFIER.search(error["message"])
        if error["name"] != "network::not_accepted" or not found:
            raise Unexpected(json.dumps(error))
        return self.outcome(found.group())


class Trial:
    """One run of an example: what was accepted, and what was rejected and changed nothing."""

    def __init__(self, name, devnet, say):
        self.name, self.devnet, self.say = name, devnet, say
        self.accepted, self.rejected, self.programs, self.constraints = [], [], [REGISTRY], []

    def accept(self, name, what, outcome):
        """An honest call, or a control: it must be accepted."""
        outcome = outcome()
        self.say(f"accepted  {name}: {what}\n          {outcome.answer}")
        if not outcome.accepted:
            raise Unexpected(f"{name} was rejected: {outcome.answer}")
        self.accepted.append({"name": name, "what": what, "answer": outcome.answer})
        return outcome

    def reject(self, name, what, outcome):
        """A forgery: it must be rejected, and all that the programs store must be as before."""
        before = self.devnet.state(self.programs)
        outcome = outcome()
        self.say(f"rejected  {name}: {what}\n          {outcome.answer}")
        if outcome.accepted:
            raise Unexpected(f"{name} was accepted: {outcome.answer}")
        has_changed = self.devnet.state(self.programs) != before
        if has_changed:
            raise Unexpected(f"{name} was rejected and changed what is stored")
        self.rejected.append(
            {"name": name, "what": what, "by": outcome.by, "answer": outcome.answer, "changed": has_changed}
        )

    def report(self):
        return {
            "example": self.name, "constraints": self.constraints[0],
            "accepted": self.accepted, "rejected": self.rejected,
        }  # fmt: skip


def told(error):
    """What a node says of a request that it refuses."""
    return " ".join(error.read().decode().split())[:300]


def value(call, name):
    [found] = [argument["value"] for argument in call["arguments"] if argument["name"] == name]
    return found


def altered(call, **values):
    """A call with other values of some arguments."""
    call = copy.deepcopy(call)
    for name, text in values.items():
        [argument] = [argument for argument in call["arguments"] if argument["name"] == name]
        if argument["value"] == text:
            raise Unexpected(f"`{name}` is `{text[:40]}` already")
        argument["value"] = text
    return call


def numbers(text, suffix):
    """The numbers of an array of Leo."""
    return [int(number) for number in re.findall(rf"(\d+){suffix}", text)]


def array(values, suffix):
    return "[" + ", ".join(f"{value}{suffix}" for value in values) + "]"


def flipped(values, index):
    return [value ^ (i == index) for i, value in enumerate(values)]


def increased(values, index):
    return [value + (i == index) for i, value in enumerate(values)]


class Example:
    """A package with a model, and what everybody could try against it."""

    def __init__(self, name, trial, number, compile_options):
        self.trial, self.devnet = trial, trial.devnet
        self.source = EXAMPLES / name
        self.number, self.other = number, number + 1
        self.package = self.devnet.work / name
        self.program = json.loads((self.source / "program.json").read_text())["program"]
        self.compile_options = compile_options

    def set_up(self, caller):
        """Registers the model and an impostor of the same types, and deploys the program."""
        devnet, say = self.devnet, self.trial.say
        for number, file in [(self.number, "model.onnx"), (self.other, "impostor.onnx")]:
            compiled = devnet.work / f"{number}.lion"
            answer = devnet.lionml(
                "compile", self.source / file, "--samples", self.source / "samples.json", "--output", compiled,
                "--input-visibility", "hashed", "--output-visibility", "packed", *self.compile_options,
            )  # fmt: skip
            devnet.lionml("deploy", compiled, "--annotation", number, "--yes", *devnet.node)
            say(f"number {number} of the registry is {file}, {answer['constraints']:,} constraints")
            self.trial.constraints.append(answer["constraints"])
        self.copy(self.package, self.number)
        devnet.lionml("leo", "build", "--package", self.package, *devnet.node)
        devnet.lionml("leo", "deploy", "--package", self.package, "--yes", *devnet.node)
        say(f"{self.program} is deployed")
        self.trial.programs.append(self.program)
        self.caller = caller

    def copy(self, directory, number, program=None):
        """A copy of the package that calls this number."""
        (directory / "src").mkdir(parents=True)
        (directory / "models").mkdir()
        for file in ["program.json", "src/main.leo"]:
            text = (self.source / file).read_text()
            text = text.replace(f'annotation = "{self.number}"', f'annotation = "{number}"')
            (directory / file).write_text(text.replace(self.program, program or self.program))
        shutil.copy(self.devnet.work / f"{number}.lion", directory / "models")

    def prove(self, function, *arguments, package=None):
        """A call with its proof, in a file of one's own: nothing is sent."""
        self.devnet.count += 1
        file = self.devnet.work / f"proved-{self.devnet.count}.json"
        self.devnet.lionml(
            "leo", "run", function, *arguments, "--output", file, "--package", package or self.package,
            "--private-key", self.caller, *self.devnet.node,
        )  # fmt: skip
        return json.loads(file.read_text())

    def execute(self, function, *arguments):
        """Proves a call and sends it, in one go."""
        answer, succeeded = self.devnet.run_lionml(
            "leo", "execute", function, *arguments, "--package", self.package,
            "--private-key", self.caller, "--yes", *self.devnet.node,
        )  # fmt: skip
        return self.devnet.sent(answer, succeeded)

    def send(self, call):
        """Sends a stored call."""
        return self.devnet.call(call, self.package, self.caller)

    def forge(self, call, key=None):
        """Sends a call as an adversary would, with Leo alone."""
        function = f"{call['program']}/{call['function']}"
        values = [argument["value"] for argument in call["arguments"]]
        return self.devnet.execute(key or self.caller, function, *values)

    def forge_calls(self, spent, fresh, ticket):
        """Forgeries of calls. `spent` was accepted, `fresh` was not sent yet."""
        reject = self.trial.reject
        proof = numbers(value(fresh, "lionml_0_proof"), "u8")
        if len(proof) != PROOF_BYTES:
            raise Unexpected(f"a proof of {len(proof)} bytes")
        reject("replayed_proof", "the accepted call once more", lambda: self.forge(spent))
        reject(
            "replayed_under_a_new_ticket", "the accepted proof with a ticket that nobody used",
            lambda: self.forge(altered(spent, ticket=ticket)),
        )  # fmt: skip
        reject(
            "taken_by_another_caller", "a call that is not sent yet, sent by somebody else who saw it",
            lambda: self.forge(fresh, THIEF),
        )  # fmt: skip
        reject(
            "altered_proof", "one bit of the proof is another",
            lambda: self.forge(altered(fresh, lionml_0_proof=array(flipped(proof, 500), "u8"))),
        )  # fmt: skip
        reject(
            "emptied_proof", "the last hundred bytes of the proof are zero",
            lambda: self.forge(altered(fresh, lionml_0_proof=array(proof[:-100] + [0] * 100, "u8"))),
        )  # fmt: skip

    def statement(self, transaction):
        """What the chain shows of a call to everybody: its public values without the padding, and its proof."""
        sent = self.devnet.get(f"transaction/unconfirmed/{transaction}")
        shown = sent["execution"]["transitions"][0]["outputs"][-1]["value"]
        model = self.devnet.mapping(REGISTRY, "models", f"{self.number}u32")
        [manifest] = numbers(re.search(r"manifest: \d+field", model).group(), "field")
        proof = numbers(re.search(r"\[[^\]]*\]", shown).group(), "u8")
        # What the program itself hands to its `final` comes after what the proof is about.
        used = [1, manifest, *numbers(shown, "field")[: 1 + len(self.names)]]
        if len(used) != 3 + len(self.names) or len(proof) != PROOF_BYTES:
            raise Unexpected(f"{len(used)} public values and a proof of {len(proof)} bytes")
        return used, proof

    def forge_statements(self, transaction):
        """Forgeries below the program: what it leaves no room for, sent to one that verifies anything."""
        devnet, trial = self.devnet, self.trial
        used, proof = self.statement(transaction)
        statement = used + [0] * (PUBLICS - len(used))

        careless = devnet.work / "careless"
        shutil.copytree(EXAMPLES / "careless", careless)
        # The control of the one is that of the other: they are the same but for one byte.
        whole, short = re.findall(r"fn believe.*?\n    }\n", (careless / "src" / "main.leo").read_text(), re.DOTALL)
        if whole.replace("believe(", "believe_short(").replace(f"u8; {PROOF_BYTES}]", f"u8; {PROOF_BYTES - 1}]") != short:
            raise Unexpected("`believe_short` is another function than `believe`")
        devnet.deploy(THIEF, careless)
        trial.programs.append(CARELESS)
        identifiers = iter(range(1, 1000))

        def believe(statement=statement, number=self.number, version=3, proof=proof):
            whole = len(proof) == PROOF_BYTES
            function = f"{CARELESS}/{'believe' if whole else 'believe_short'}"
            inputs = [f"{next(identifiers)}u64", f"{number}u32", f"{version}u8"]
            inputs += [array(statement, "field"), array(proof, "u8")]

            def outcome():
                outcome = devnet.execute(THIEF, function, *inputs)
                if whole and version == 3:
                    viewed = devnet.check(number, statement, proof)
                    if (viewed == "true") != outcome.accepted:
                        raise Unexpected(f"{outcome.answer}; the registry's view says {viewed}")
                    outcome.answer += f"; the registry's view says {viewed}"
                return outcome

            return outcome

        trial.accept(
            "control_careless_program", "a program that verifies whatever it is sent believes the copied proof", believe()
        )
        trial.reject(
            "proof_under_another_number", f"the proof for number {self.number} under number {self.other}",
            believe(number=self.other),
        )  # fmt: skip
        trial.reject("another_varuna_version", "the proof as one of Varuna's version 2", believe(version=2))
        trial.reject("truncated_proof", "the proof without its last byte", believe(proof=proof[:-1]))
        for index, name in enumerate(["one", "manifest", "context", *self.names]):
            trial.reject(
                f"altered_public_input_{name}", f"another value for public element {index}, {name}",
                believe(increased(statement, index)),
            )  # fmt: skip
        for index in range(len(used), PUBLICS):
            trial.reject(
                f"junk_in_padding_{index}", f"a 1 in public element {index}, which nothing uses",
                believe(increased(statement, index)),
            )  # fmt: skip
        self.forge_keys(believe)

    def forge_keys(self, believe):
        """An adversary's own registrations of altered keys."""
        devnet, trial = self.devnet, self.trial
        key = numbers(devnet.mapping(REGISTRY, "keys", f"{self.number}u32"), "u8")
        if len(key) != KEY_BYTES:
            raise Unexpected(f"a key of {len(key)} bytes")
        described = devnet.mapping(REGISTRY, "models", f"{self.number}u32").partition("description:")[2]
        described = described.strip().removesuffix("}").strip()

        def register(number, key):
            text = described.replace(f"previous: {self.number}u32", f"previous: {number}u32")
            function, inputs = f"{REGISTRY}/register", [f"{number}u32", array(key, "u8"), text]
            return lambda: devnet.execute(THIEF, function, *inputs)

        # The last eight bytes count variables, and the verifier does not look at them.
        unlike, broken = flipped(key, KEY_BYTES - 8), flipped(key, 300)
        trial.reject("overwritten_key", "another key for a number that is taken", register(self.number, unlike))
        number, worse = self.number + 100, self.number + 101
        trial.accept("control_altered_key_registered", "anybody can register any bytes", register(number, unlike))
        trial.accept("control_broken_key_registered", "even such that are no key", register(worse, broken))
        trial.accept(
            "control_altered_key_verifies", "a key with a bit changed that Varuna ignores verifies the same proofs",
            believe(number=number),
        )  # fmt: skip
        trial.reject("broken_key", "a key with a bit changed in a commitment", believe(number=worse))
        same = self.number + 102
        trial.accept("control_same_key_registered", "even the model's own, under another number", register(same, key))
        control = self.pinned_call("elsewhere", same)
        trial.accept(
            "control_same_key_elsewhere", "a program that calls that number and pins the digest of its own",
            lambda: self.forge(control),
        )  # fmt: skip
        pinned = self.pinned_call("moved", number)

        def outcome():
            outcome = self.forge(pinned)
            # Nothing is wrong with the proof: the verifier takes the altered key for it.
            viewed = devnet.check(number, *self.statement(outcome.transaction))
            if viewed != "true":
                raise Unexpected(f"the registry's view says {viewed} of the altered key")
            outcome.answer += f"; the registry's view says {viewed}"
            return outcome

        trial.reject("altered_key", "the same program, calling the number of the altered key", outcome)

    def pinned_call(self, suffix, number):
        """A proved call of the program, deployed anew to call another number with the digest that it was built with."""
        devnet = self.devnet
        program = self.program.replace(".aleo", f"_{suffix}.aleo")
        package = devnet.work / suffix
        self.copy(package, self.number, program)
        call = self.prove(*self.moved_call, package=package)
        expanded = package / "build" / "lionml" / "package"
        source = expanded / "src" / "main.leo"
        text, count = re.subn(rf"(key_digests|keys), {self.number}u32\)", rf"\g<1>, {number}u32)", source.read_text())
        if count != 2:
            raise Unexpected(f"{count} places name the number in {source}")
        source.write_text(text)
        devnet.deploy(OWNER, expanded)
        self.trial.programs.append(program)
        self.before_moved_call(program)
        return call

    def before_moved_call(self, program):
        """What a program that was deployed anew needs to be ready for an honest call."""

    def submit_twice(self, outcome):
        """The very transaction that was accepted, handed to the node again."""
        transaction = self.devnet.get(f"transaction/{outcome.transaction}")
        self.trial.reject(
            "submitted_twice", "the accepted transaction, byte by byte, once more",
            lambda: self.devnet.broadcast(transaction),
        )  # fmt: skip


def main(name, example):
    """Runs an example and says what happened."""
    parser = argparse.ArgumentParser(description=example.__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line of standard output")
    is_json = parser.parse_args().json

    def say(text):
        print(text, file=sys.stderr if is_json else sys.stdout, flush=True)

    # The devnet is to be stopped whatever ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="lionml-example-") as work, Devnet(Path(work)) as devnet:
            say(f"a devnet runs at {devnet.endpoint}, with the registry on it")
            trial = Trial(name, devnet, say)
            example(trial)
    except Unexpected as error:
        sys.exit(f"error: {error}")
    report = {**trial.report(), "seconds": round(time.monotonic() - start, 1)}
    say(f"{len(trial.accepted)} calls were accepted and {len(trial.rejected)} rejected, in {report['seconds']} s")
    if is_json:
        print(json.dumps(report), flush=True)
