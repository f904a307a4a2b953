//! Models on a network: the real `leo`, its devnode, and the extension. `cargo xtask test` says by
//! `LIONML_LEO` and `LIONML_LEO_EXTENSION` where they are.
#![cfg(test)]

mod support;

use std::{
    net::TcpListener,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{Answer, COMPILE, Place};

#[expect(clippy::disallowed_methods, reason = "where the tools are changes no circuit")]
fn tool(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    let path = path.unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test`"));
    path.into()
}

/// What a node answers; null where that is no JSON.
fn get(url: &str) -> Value {
    let output = Command::new("curl").args(["-s", url]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A place with a devnet of its own, which ends with it.
struct Chain {
    place: Place,
    port: u16,
}

impl Chain {
    fn start() -> Self {
        let chain = Self { place: Place::with_model(), port: free_port() };
        let (place, port) = (&chain.place, chain.port);
        place.ok(&format!("devnet start --port {port}"));
        chain
    }

    fn run(&self, arguments: &str) -> Answer {
        // Behind `--` there are no options.
        let (options, rest) = arguments.split_once(" -- ").unwrap_or((arguments, ""));
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        self.place.run(&format!("{options} --endpoint {endpoint} --json -- {rest}"))
    }

    fn ok(&self, arguments: &str) -> Value {
        let answer = self.run(arguments);
        assert_eq!(answer.code, 0, "{arguments}: {}", answer.stderr);
        answer.json()
    }

    /// What a mapping of a program holds.
    fn mapping(&self, program: &str, mapping: &str, key: &str) -> Value {
        let path = format!("program/{program}/mapping/{mapping}/{key}");
        get(&format!("http://127.0.0.1:{}/testnet/{path}", self.port))
    }

    /// Sends a stored call with Leo alone; what the node makes of it.
    fn forge(&self, call: &Value) -> String {
        let empty = tempfile::tempdir().unwrap();
        let saved = empty.path().join("saved");
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let function =
            format!("{}/{}", call["program"].as_str().unwrap(), call["function"].as_str().unwrap());
        let values = call["arguments"].as_array().unwrap();
        let made = Command::new(tool("LIONML_LEO"))
            .args(["execute", "--yes", "--skip-execute-proof", "--devnet", "--network", "testnet"])
            .args(["--endpoint", &endpoint, "--save"])
            .arg(&saved)
            .args(["--", &function])
            .args(values.iter().map(|argument| argument["value"].as_str().unwrap()))
            .env("PRIVATE_KEY", lionml_aleo::DEVNET_KEY)
            .env("HOME", self.place.path("."))
            .current_dir(empty.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        let file = fs_err::read_dir(&saved).unwrap().next().unwrap().unwrap().path();
        let transaction: Value = serde_json::from_slice(&fs_err::read(&file).unwrap()).unwrap();
        let url = format!("{endpoint}/testnet/transaction");
        let sent = Command::new("curl")
            .args(["-s", "-H", "Content-Type: application/json", "--data-binary"])
            .arg(format!("@{}", file.display()))
            .arg(format!("{url}/broadcast"))
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(sent.success());
        let confirmed = get(&format!("{url}/confirmed/{}", transaction["id"].as_str().unwrap()));
        confirmed["status"].as_str().unwrap_or("in no block").to_owned()
    }

    /// What the account has that pays.
    fn balance(&self) -> u64 {
        let address = lionml_aleo::Account::new(None, lionml_aleo::Network::Devnet).unwrap();
        let balance = self.mapping("credits.aleo", "account", &address.address());
        balance.as_str().unwrap().trim_end_matches("u64").parse().unwrap()
    }

    /// The name of the error that a command ends with, and its exit code.
    fn error(&self, arguments: &str) -> (String, i32) {
        let answer = self.run(arguments);
        let name = answer.json()["error"]["name"].as_str().unwrap().to_owned();
        assert!(answer.stderr.contains("hint: "), "{}", answer.stderr);
        (name, answer.code)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.place.run(&format!("devnet stop --port {}", self.port));
    }
}

/// Another account: of nobody, and without credits.
const POOR: &str = "--private-key APrivateKey1zkpFbQRZVSWSEtszQPcCTFGLqBfZaoCSD3ZwoqAK98DRbLT";

const HASHED: &str = "--input-visibility hashed --output-visibility packed";

#[test]
fn rejects_what_a_network_cannot_serve() {
    let chain = Chain::start();
    let place = &chain.place;
    let compile = |options: &str, output: &str| {
        place.ok(&format!("compile two_nodes.onnx -o {output} {COMPILE} {options}"));
    };
    compile(HASHED, "model.lion");
    compile("--output-visibility packed", "private.lion");
    compile("--input-visibility hashed --output-visibility hashed", "hidden.lion");
    compile(&format!("{HASHED} --name other"), "other.lion");
    let network = |name: &str| (format!("network::{name}"), 8);
    let profile = ("model::profile".to_owned(), 3);

    // Models that no transaction can serve, before anything is sent.
    assert_eq!(chain.error("deploy private.lion --annotation 1 --yes"), profile);
    assert_eq!(chain.error("deploy hidden.lion --annotation 1 --yes"), profile);
    assert_eq!(chain.error("deploy model.lion --annotation 1 --yes --srs dev"), profile);
    // Nobody agreed, nobody can pay, nobody owns what is to be replaced.
    let agreed = ("request::not_agreed".to_owned(), 2);
    assert_eq!(chain.error("deploy model.lion --annotation 1"), agreed);
    let poor = format!("deploy model.lion --annotation 1 --yes {POOR}");
    assert_eq!(chain.error(&poor), network("balance"));
    let successor = "deploy model.lion --annotation 2 --previous 1 --yes";
    assert_eq!(chain.error(successor), network("not_registered"));
    assert_eq!(
        chain.ok("registry list"),
        serde_json::json!({"first": 0, "count": 0, "models": []})
    );

    let deployed = chain.ok("deploy model.lion --annotation 1 --yes");
    assert_eq!(deployed["outcome"]["accepted"], true);
    // An interrupted deployment goes on: what is there is not paid for again.
    let again = chain.ok("deploy model.lion --annotation 1 --yes");
    assert_eq!((&again["already_registered"], &again["fee"]), (&true.into(), &Value::Null));
    assert_eq!(chain.error("deploy other.lion --annotation 1 --yes"), network("taken"));
    assert_eq!(chain.error("registry show 9"), network("not_registered"));
    let successor = format!("deploy other.lion --annotation 2 --previous 1 --yes {POOR}");
    assert_eq!(chain.error(&successor), network("not_owner"));
    chain.ok("deploy other.lion --annotation 2 --previous 1 --yes");
    let listed = &chain.ok("registry list")["models"];
    assert_eq!((&listed[0]["number"], &listed[1]["previous"]), (&1.into(), &1.into()));
    assert_eq!(listed[0]["outputs"][0]["visibility"], "packed");

    // What a number is can be checked by who has the model; another model is another model.
    let verified = chain.ok("registry verify 1 two_nodes.onnx --manifest model.manifest");
    assert_eq!(verified["verified"], true);
    let other = chain.error("registry verify 1 two_nodes.onnx --manifest other.manifest");
    assert_eq!(other, ("mismatch::registry".to_owned(), 4));

    // A build demands the very model that its number means, and points at the declaration.
    place.ok("leo new some_caller --model model.lion --annotation 1");
    let build = || {
        let answer = chain.run("leo build --package some_caller");
        let error = &answer.json()["error"];
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("`model` in `src/main.leo`, line "), "{message}");
        error["name"].as_str().unwrap().to_owned()
    };
    chain.ok("leo build --package some_caller");
    let model = place.path("some_caller/models/1.lion");
    fs_err::copy(place.path("other.lion"), &model).unwrap();
    assert_eq!(build(), "mismatch::registry");
    fs_err::remove_file(&model).unwrap();
    assert_eq!(build(), "file::not_found");
    fs_err::copy(place.path("model.lion"), &model).unwrap();
    chain.ok("leo build --package some_caller");

    assert_eq!(chain.error(&format!("registry retire 1 --yes {POOR}")), network("not_owner"));
    chain.ok("registry retire 1 --yes");
    assert_eq!(chain.error("registry retire 1 --yes"), network("retired"));
    assert_eq!(build(), "network::retired");
    assert_eq!(chain.ok("registry show 1")["retired"], true);
    assert_eq!(chain.error("registry deploy --yes"), network("registry_exists"));

    // A second devnet in its place; and a node that is not there.
    let port = chain.port;
    let second = place.run(&format!("devnet start --port {port} --json"));
    assert_eq!(second.json()["error"]["name"], "network::devnet");
    let nobody = place.run("registry list --json --endpoint http://127.0.0.1:9");
    assert_eq!((nobody.code, &nobody.json()["error"]["name"]), (8, &"network::unreachable".into()));
    for network in ["testnet", "mainnet"] {
        let answer = place.run(&format!("registry list --json --network {network}"));
        assert_eq!(answer.json()["error"]["name"], "request::endpoint");
    }
}

#[test]
fn accepts_several_proofs_in_one_transaction_and_each_in_its_place_alone() {
    let chain = Chain::start();
    let place = &chain.place;
    for (name, number) in [("first", 1), ("second", 2)] {
        let options = format!("{COMPILE} {HASHED} --name {name}");
        place.ok(&format!("compile two_nodes.onnx -o {name}.lion {options}"));
        chain.ok(&format!("deploy {name}.lion --annotation {number} --yes"));
    }
    let model = chain.ok("registry show 1");
    let leo_type = |port: &str| model[port][0]["type"].as_str().unwrap().to_owned();
    let (x, y) = (leo_type("inputs"), leo_type("outputs"));
    place.ok("leo new several_proofs --model first.lion --annotation 1");
    fs_err::copy(place.path("second.lion"), place.path("several_proofs/models/2.lion")).unwrap();
    let source = format!(
        r#"program several_proofs.aleo {{
    mapping answers: u64 => {y};

    @lionml(annotation = "1")
    fn first(x: {x}) -> {y} {{}}

    @lionml(annotation = "2")
    fn second(x: {x}) -> {y} {{}}

    fn ask(public ticket: u64, a: {x}, b: {x}) -> Final {{
        let one: {y} = first(a);
        let two: {y} = second(b);
        let three: {y} = first(b);
        return final {{
            Mapping::set(answers, ticket, one);
            Mapping::set(answers, ticket + 1u64, two);
            Mapping::set(answers, ticket + 2u64, three);
        }};
    }}

    @noupgrade
    constructor() {{}}
}}
"#
    );
    place.write("several_proofs/src/main.leo", source);
    place.write("other.json", r#"{"input_data": [[-0.5, 0.75, 0.0]]}"#);
    chain.ok("leo deploy --package several_proofs --yes");
    let ask = "--package several_proofs ask 10u64 input.json other.json";
    chain.ok(&format!("leo run {ask} --output call.json"));
    let call: Value = serde_json::from_slice(&place.read("call.json")).unwrap();
    let place_of = |name: &str| {
        let arguments = call["arguments"].as_array().unwrap();
        arguments.iter().position(|argument| argument["name"] == name).unwrap()
    };
    let answer =
        |ticket: u64| chain.mapping("several_proofs.aleo", "answers", &format!("{ticket}u64"));
    // Whatever is exchanged: the proofs of two models for one input, the outputs of one model for
    // two inputs, the salts of two inputs.
    for what in ["proof", "output", "salt"] {
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let (one, other) = (format!("lionml_{one}_{what}"), format!("lionml_{other}_{what}"));
            let mut exchanged = call.clone();
            let (a, b) = (place_of(&one), place_of(&other));
            let of = |index: usize| call["arguments"][index]["value"].clone();
            if of(a) == of(b) {
                continue;
            }
            exchanged["arguments"][a]["value"] = of(b);
            exchanged["arguments"][b]["value"] = of(a);
            place.write("exchanged.json", exchanged.to_string());
            // LionML does not send it; Leo alone does, as an adversary would.
            let execute = "leo execute --package several_proofs --yes --call-file exchanged.json";
            let (name, code) = chain.error(execute);
            assert!(name.starts_with("proof::") && code == 1, "{one}, {other}: {name}");
            assert_eq!(chain.forge(&exchanged), "rejected", "{one}, {other}");
        }
    }
    assert_eq!(answer(10), Value::Null);
    // A file that somebody sent names another program, whose function would run from one's account.
    let before = chain.balance();
    for (member, text) in [
        ("function", "credits.aleo/transfer_public"),
        ("program", "credits.aleo"),
        ("network", "mainnet"),
    ] {
        let mut other = call.clone();
        other[member] = text.into();
        place.write("other_call.json", other.to_string());
        let execute = "leo execute --package several_proofs --yes --call-file other_call.json";
        assert_eq!(chain.error(execute), ("mismatch::call".to_owned(), 4), "{member}");
    }
    assert_eq!(chain.balance(), before);
    let stolen = "leo execute --package several_proofs --yes --call-file call.json";
    let other_caller = ("mismatch::caller".to_owned(), 4);
    assert_eq!(chain.error(&format!("{stolen} {POOR}")), other_caller);
    let execute = "leo execute --package several_proofs --yes --call-file call.json";
    assert_eq!(chain.ok(execute)["accepted"], true);
    let answers = [answer(10), answer(11), answer(12)];
    assert!(answers.iter().all(Value::is_string), "{answers:?}");
    // The two models are one network: they agree on the same input, and differ on another.
    assert_eq!(answers[1], answers[2]);
    assert_ne!(answers[0], answers[1]);
    // The network would reject it as well, and keep the fee.
    let before = chain.balance();
    assert_eq!(chain.error(execute), ("network::used_ticket".to_owned(), 8));
    assert_eq!(chain.balance(), before);
}

#[test]
fn accepts_functions_without_models_once_their_program_is_deployed() {
    let chain = Chain::start();
    let place = &chain.place;
    place.ok(&format!("compile two_nodes.onnx -o model.lion {COMPILE} {HASHED}"));
    chain.ok("deploy model.lion --annotation 1 --yes");
    place.ok("leo new plain_functions --model model.lion --annotation 1");
    let path = "plain_functions/src/main.leo";
    let source = String::from_utf8(place.read(path)).unwrap();
    let functions = "
    mapping notes: u64 => i32;

    fn twice(x: i32) -> i32 {
        return x + x;
    }

    fn note(public key: u64, public x: i32) -> Final {
        return final {
            Mapping::set(notes, key, x);
        };
    }
";
    let source = source.replacen('{', &format!("{{{functions}"), 1);
    place.write(path, &source);
    let network = |name: &str| (format!("network::{name}"), 8);
    let package = "--package plain_functions";

    // A function without a model and without `final` needs no network's program.
    let doubled = chain.ok(&format!("leo run {package} -- twice -5i32"));
    assert_eq!(doubled["outputs"], serde_json::json!(["-10i32"]));
    assert_eq!(doubled["answers"], serde_json::json!([]));
    let unknown = chain.run(&format!("leo run {package} treble 5i32"));
    assert_eq!(unknown.json()["error"]["name"], "request::function");
    assert!(unknown.stderr.contains("its functions are: ask, twice, note"), "{}", unknown.stderr);
    let missing = chain.error(&format!("leo run {package} note 1u64"));
    assert_eq!(missing, ("request::arguments".to_owned(), 2));

    let execute = format!("leo execute {package} --yes -- note 1u64 -5i32");
    assert_eq!(chain.error(&execute), network("no_program"));
    let poor = format!("leo deploy {package} --yes {POOR}");
    assert_eq!(chain.error(&poor), network("balance"));
    chain.ok(&format!("leo deploy {package} --yes"));
    // An interrupted deployment goes on: what is there is not paid for again.
    let again = chain.ok(&format!("leo deploy {package} --yes"));
    assert_eq!(again, serde_json::json!({"fee": null, "outcome": null}));
    let before = chain.balance();
    let executed = chain.ok(&execute);
    assert_eq!(executed["accepted"], true);
    // Proofs that a devnet leaves out are part of what is shown.
    let paid = before - chain.balance();
    let shown = executed["fee"]["total"].as_u64().unwrap();
    assert!((1..=shown).contains(&paid), "{paid} of {shown}");
    assert_eq!(chain.mapping("plain_functions.aleo", "notes", "1u64"), "-5i32");

    // What its `final` does can be skipped by no caller: not even in a branch.
    place.ok("leo new skipping_caller --model model.lion --annotation 1");
    let manifest = place.read("skipping_caller/program.json");
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    manifest["dependencies"] = serde_json::json!([{
        "name": "plain_functions.aleo", "location": "network", "path": null, "edition": null,
    }]);
    place.write("skipping_caller/program.json", manifest.to_string());
    let caller = "import plain_functions.aleo;

program skipping_caller.aleo {
    fn enter(public key: u64, public runs: bool) -> Final {
        let noted: Final = plain_functions.aleo::note(key, 7i32);
        return final {
            if runs {
                noted.run();
            }
        };
    }

    @noupgrade
    constructor() {}
}
";
    place.write("skipping_caller/src/main.leo", caller);
    chain.ok("leo deploy --package skipping_caller --yes");
    let enter = "leo execute --package skipping_caller --yes enter";
    chain.ok(&format!("{enter} 2u64 true"));
    assert_eq!(chain.error(&format!("{enter} 3u64 false")), network("not_accepted"));
    let note = |key: &str| chain.mapping("plain_functions.aleo", "notes", key);
    assert_eq!((note("2u64"), note("3u64")), ("7i32".into(), Value::Null));

    place.write(path, source.replace("key, x", "key, x + 1i32"));
    assert_eq!(chain.error(&execute), network("other_program"));
    assert_eq!(chain.error(&format!("leo deploy {package} --yes")), network("program_exists"));
    assert_eq!(chain.mapping("plain_functions.aleo", "notes", "1u64"), "-5i32");
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A new node, without the registry, which makes a block when it is told to.
struct Node<'a> {
    place: &'a Place,
    address: String,
    _process: Running,
}

impl<'a> Node<'a> {
    fn start(place: &'a Place) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let mut command = Command::new(tool("LIONML_LEO"));
        command
            .args(["devnode", "start", "-v", "0", "--manual-block-creation"])
            .args(["--socket-addr", &address])
            .env("PRIVATE_KEY", lionml_aleo::DEVNET_KEY)
            .env("HOME", place.path("."))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let _process = Running(command.spawn().unwrap());
        let node = Self { place, address, _process };
        let start = Instant::now();
        while node.error("registry list") == "network::unreachable" {
            assert!(start.elapsed() < Duration::from_secs(60), "the node does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        node
    }

    fn asked(&self, arguments: &str) -> String {
        format!("{arguments} --json --endpoint http://{}", self.address)
    }

    /// The name of the error that a command ends with.
    fn error(&self, arguments: &str) -> String {
        let answer = self.place.run(&self.asked(arguments));
        answer.json()["error"]["name"].as_str().unwrap().to_owned()
    }

    fn get(&self, path: &str) -> Value {
        get(&format!("http://{}/testnet/{path}", self.address))
    }

    /// Runs Leo in a package, and makes blocks until it ends.
    fn leo(&self, package: &tempfile::TempDir, command: &[&str]) {
        let (options, values) = match command.iter().position(|word| *word == "--") {
            Some(end) => command.split_at(end),
            None => (command, &[][..]),
        };
        let log = fs_err::File::create(self.place.path("leo.log")).unwrap();
        let mut leo = Command::new(tool("LIONML_LEO"));
        leo.args(options)
            .args(["--devnet", "--yes", "--broadcast", "--network", "testnet"])
            .args(["--endpoint", &format!("http://{}", self.address)])
            .args(values)
            .current_dir(package)
            .env("PRIVATE_KEY", lionml_aleo::DEVNET_KEY)
            .env("HOME", self.place.path("."))
            .stdin(Stdio::null())
            .stderr(log.file().try_clone().unwrap())
            .stdout(log.into_file());
        let mut leo = Running(leo.spawn().unwrap());
        let start = Instant::now();
        while leo.0.try_wait().unwrap().is_none() {
            let log = || fs_err::read_to_string(self.place.path("leo.log")).unwrap();
            assert!(start.elapsed() < Duration::from_secs(120), "{command:?}: {}", log());
            std::thread::sleep(Duration::from_millis(500));
            self.advance("1");
        }
    }

    fn advance(&self, blocks: &str) {
        let advance = Command::new(tool("LIONML_LEO"))
            .args(["devnode", "advance", blocks, "--socket-addr", &self.address])
            .env("HOME", self.place.path("."))
            .output()
            .unwrap();
        assert!(advance.status.success(), "{}", String::from_utf8_lossy(&advance.stderr));
    }
}

/// What a run that was killed had sent is in a block afterwards, and is not paid for twice.
#[test]
fn accepts_what_was_sent_by_a_run_that_was_killed() {
    let place = Place::new();
    let node = Node::start(&place);
    // A node at height zero runs the first consensus version.
    node.advance("30");
    let deploy = || {
        let mut command = place.command(&node.asked("registry deploy --yes"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let kept = || -> Vec<Value> {
        let Ok(entries) = fs_err::read_dir(place.path("cache/lionml/transactions")) else {
            return Vec::new();
        };
        let read = |path: PathBuf| serde_json::from_slice(&fs_err::read(path).ok()?).ok();
        entries.filter_map(|entry| read(entry.unwrap().path())).collect()
    };
    let killed = Running(deploy());
    let start = Instant::now();
    while kept().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(120), "nothing is sent");
        std::thread::sleep(Duration::from_millis(100));
    }
    // No block is made, so it waits.
    std::thread::sleep(Duration::from_secs(1));
    drop(killed);
    let [sent] = &kept()[..] else { panic!("{:?}", kept()) };
    let id = sent["id"].as_str().unwrap();
    let confirmed = || node.get(&format!("transaction/confirmed/{id}"))["status"].clone();
    assert_eq!(confirmed(), Value::Null);

    // Its block comes when nobody waits for it any more. Had it not arrived, the next one has it.
    node.advance("1");
    let mut again = deploy();
    while again.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_secs(1));
        node.advance("1");
    }
    let output = again.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let settled = "an earlier run's transaction, deploying the registry, was accepted";
    assert!(stderr.contains(settled), "{stderr}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["error"]["name"], "network::registry_exists");
    assert_eq!((confirmed(), kept().len()), ("accepted".into(), 0));
}

#[test]
fn rejects_nodes_without_the_sound_protocol_or_the_registry() {
    let place = Place::with_model();
    let node = Node::start(&place);
    let list = || node.error("registry list");
    // A node at height zero runs the first consensus version.
    assert_eq!(list(), "network::consensus");
    node.advance("30");
    assert_eq!(list(), "network::no_registry");

    // Whoever is first can deploy anything under the registry's name.
    let squatter = "program lionml_registry.aleo {
        mapping keys: u32 => [u8; 673];
        mapping key_digests: u32 => field;
        fn register(public number: u32, public digest: field) -> Final {
            return final { Mapping::set(key_digests, number, digest); };
        }
        @noupgrade
        constructor() {}
    }";
    node.leo(&package("lionml_registry.aleo", squatter), &["deploy", "--skip-deploy-certificate"]);
    assert_eq!(list(), "network::other_registry");

    // To a builder the node may show the code of the true one. What is built asks the network.
    let application = package(
        "checks_registry.aleo",
        &format!(
            "import lionml_registry.aleo;
            program checks_registry.aleo {{
                mapping believed: u32 => bool;
                fn careless(public number: u32) -> Final {{
                    return final {{
                        assert_eq(Mapping::get(lionml_registry.aleo::key_digests, number), 7field);
                        Mapping::set(believed, number, true);
                    }};
                }}
                fn careful(public number: u32) -> Final {{
                    return final {{
                        {}
                        assert_eq(Mapping::get(lionml_registry.aleo::key_digests, number), 7field);
                        Mapping::set(believed, number, true);
                    }};
                }}
                @noupgrade
                constructor() {{}}
            }}",
            expanded_check_of_the_registry()
        ),
    );
    node.leo(&application, &["deploy", "--skip-deploy-certificate"]);
    let execute = |function: &str, arguments: &[&str]| {
        let command = ["execute", "--skip-execute-proof", "--", function];
        node.leo(&application, &[&command, arguments].concat());
    };
    for (number, function) in [("1u32", "careless"), ("2u32", "careful")] {
        execute("lionml_registry.aleo/register", &[number, "7field"]);
        execute(&format!("checks_registry.aleo/{function}"), &[number]);
    }
    let mapping = |program: &str, mapping: &str, number: u32| {
        node.get(&format!("program/{program}/mapping/{mapping}/{number}u32"))
    };
    for (number, believed) in [(1, Value::from("true")), (2, Value::Null)] {
        assert_eq!(mapping("lionml_registry.aleo", "key_digests", number), "7field");
        assert_eq!(mapping("checks_registry.aleo", "believed", number), believed);
    }
}

/// A package for Leo alone.
fn package(name: &str, source: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let registry = json!([{"name": "lionml_registry.aleo", "location": "network", "path": null,
        "edition": null}]);
    let dependencies =
        if source.contains("import lionml_registry.aleo") { registry } else { Value::Null };
    let manifest = json!({"program": name, "version": "0.1.0", "description": "", "license": "MIT",
        "leo": "4.4.6", "dependencies": dependencies, "dev_dependencies": null});
    fs_err::create_dir(directory.path().join("src")).unwrap();
    fs_err::write(directory.path().join("src/main.leo"), source).unwrap();
    fs_err::write(directory.path().join("program.json"), manifest.to_string()).unwrap();
    directory
}

/// What an expanded program asserts of the registry.
fn expanded_check_of_the_registry() -> String {
    let package = package(
        "caller.aleo",
        r#"@lionml(annotation = "1")
        fn model(x: u8) -> u8 {}
        program caller.aleo {
            fn ask(public ticket: u32, public x: u8) -> Final {
                let y: u8 = model(x);
                return final { assert_eq(y, 1u8); };
            }
            @noupgrade
            constructor() {}
        }"#,
    );
    let port = json!({"name": "x", "type": "u8", "elements": 1, "scale": "1",
        "visibility": "public", "lo": "0", "hi": "255", "packing": null});
    let code = fs_err::read_to_string(repository().join("registry/lionml_registry.aleo")).unwrap();
    let models = json!({"registry": code, "models": {"1": {"name": "model", "manifest": "1field",
        "key_digest": "1field", "publics": 8, "inputs": [port], "outputs": [port]}}});
    let path = |name: &str| package.path().join(name);
    fs_err::write(path("models.json"), models.to_string()).unwrap();
    let output = Command::new(tool("LIONML_LEO_EXTENSION"))
        .args(["expand", ".", "--models", "models.json", "--out", "expanded.leo"])
        .args(["--interface", "interface.json", "--offline"])
        .current_dir(package.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs_err::read_to_string(path("expanded.leo")).unwrap();
    let start = text.find("assert_eq(_program_checksum(").unwrap();
    let length = text[start..].find(");").unwrap() + 2;
    text[start..start + length].to_owned()
}

#[test]
fn accepts_every_step_of_the_guide_and_of_the_readme() {
    let place = Place::new();
    let model = repository().join("models/digits_mlp");
    for name in ["model.onnx", "samples.json", "input.json"] {
        fs_err::copy(model.join(name), place.path(name)).unwrap();
    }
    let tools = place.path("tools");
    fs_err::create_dir(&tools).unwrap();
    let programs = [
        ("lionml", PathBuf::from(env!("CARGO_BIN_EXE_lionml"))),
        ("leo", tool("LIONML_LEO")),
        ("lionml-leo", tool("LIONML_LEO_EXTENSION")),
    ];
    for (name, program) in programs {
        symlink(program, tools.join(name)).unwrap();
    }
    let guide = fs_err::read_to_string(repository().join("docs/guide-leo.md")).unwrap();
    // The node of the guide listens where a node of the developer's may listen already.
    let port = free_port().to_string();
    let steps = blocks(&guide, "sh").replace("3030", &port);
    let (steps, end) = steps.split_once("lionml devnet stop").unwrap();
    let readme = steps_of_the_readme();
    assert!(steps.lines().count() > 8 && readme.lines().count() > 5, "{steps}{readme}");
    let script = format!(
        "set -euo pipefail\n\
         export PATH='{}':\"$PATH\"\n\
         lionml() {{\n\
         case \"$1\" in\n\
         devnet) command lionml \"$@\" --port {port} ;;\n\
         deploy|registry|leo) case \"${{2-}}\" in\n\
         new) command lionml \"$@\" ;;\n\
         *) command lionml \"$@\" --endpoint http://127.0.0.1:{port} ;;\n\
         esac ;;\n\
         *) command lionml \"$@\" ;;\n\
         esac\n\
         }}\n\
         trap 'lionml devnet stop || true' EXIT\n\
         {steps}\n\
         {readme}\n\
         lionml devnet stop{end}",
        tools.display()
    );
    let output = Command::new("bash")
        .arg("-c")
        .arg(script)
        .current_dir(place.path("."))
        .env("XDG_CACHE_HOME", place.path("cache"))
        .env("HOME", place.path("."))
        .env_remove("LIONML_LEO")
        .env_remove("LIONML_LEO_EXTENSION")
        .output()
        .unwrap();
    let (out, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{errors}");
    // The last answer of the network is what the mapping holds: the digit is a seven.
    assert!(out.contains("204469i32"), "{out}");
    // What the guide shows of the program is what was written.
    let program = String::from_utf8(place.read("digit_reader/src/main.leo")).unwrap();
    let shown = blocks(&guide, "leo");
    assert!(shown.lines().count() > 6, "{shown}");
    for line in shown.lines().map(str::trim) {
        assert!(program.contains(line), "{line}");
    }
}

/// The README's steps on the guide's node: under another number and another name, and agreed to.
fn steps_of_the_readme() -> String {
    let readme = fs_err::read_to_string(repository().join("README.md")).unwrap();
    let steps = blocks(&readme, "sh").replace("annotation 7", "annotation 8");
    let steps = steps.replace("digit_reader", "readme_reader");
    let agreed = |line: &str| {
        let line = line.split(" #").next().unwrap().trim_end();
        let pays = ["lionml deploy", "lionml leo deploy", "lionml leo execute"];
        match line {
            line if line.starts_with("lionml devnet start") => String::new(),
            line if pays.iter().any(|start| line.starts_with(start)) => format!("{line} --yes\n"),
            line => format!("{line}\n"),
        }
    };
    steps.lines().map(agreed).collect()
}

/// The blocks of a page in this language, one after the other.
fn blocks(page: &str, language: &str) -> String {
    let start = format!("```{language}\n");
    page.split(&start).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}
