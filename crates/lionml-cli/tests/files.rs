//! Full disks, missing permissions and interrupts: the error names the file, what was there before
//! stays as it was, and nothing is left half-written.
#![cfg(test)]
#![cfg(target_os = "linux")]

mod support;

use std::{
    collections::BTreeMap,
    fs::Permissions,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use support::{Answer, COMPILE, Place};

/// What stands in the place of a file before a command writes it.
const OLD: &str = "what was there before";

/// Commands that write files, each with those files.
fn writers() -> [(String, &'static [&'static str]); 6] {
    [
        (
            format!("compile two_nodes.onnx -o out/new.lion {COMPILE} --name other"),
            &["out/new.lion", "out/new.manifest"],
        ),
        (
            "setup model.lion -o out".to_owned(),
            &["out/model.pk", "out/model.vk", "out/model.manifest"],
        ),
        ("prove model.lion --input input.json -o out/proof.json".to_owned(), &["out/proof.json"]),
        ("transpile model.lion --vk keys/model.vk -o out/model.rs".to_owned(), &["out/model.rs"]),
        (
            format!("run two_nodes.onnx --input input.json -o out/proof.json {COMPILE}"),
            &["out/proof.json"],
        ),
        (
            "export witness model.lion --input input.json -o out/model.witness".to_owned(),
            &["out/model.witness"],
        ),
    ]
}

/// Every file below a directory but for the cache, with its contents.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !path.is_dir() {
            files.insert(name, fs_err::read(&path).unwrap());
        } else if name != "cache" {
            let inner = contents(&path).into_iter();
            files.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        }
    }
    files
}

/// Puts something else in the place of files.
fn write_old(place: &Place, outputs: &[&str]) {
    fs_err::create_dir_all(place.path("out")).unwrap();
    outputs.iter().for_each(|output| place.write(output, OLD));
}

fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A script that becomes the command: `exec "$@"`.
fn script(place: &Place, script: &str, arguments: &str) -> Command {
    let command = place.command(arguments);
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
    shell.current_dir(place.path("."));
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// A command that failed to read or write one of these files, and says so.
fn assert_named(answer: &Answer, name: &str, files: &[&str]) {
    assert_eq!(answer.code, 6, "{}", answer.stderr);
    let error = &answer.json()["error"];
    assert_eq!(error["name"], name, "{}", answer.stderr);
    let message = error["message"].as_str().unwrap();
    let is_named = files.iter().any(|file| message.contains(&format!("{file}`")));
    assert!(is_named, "{message} names none of {files:?}");
    assert!(!error["hint"].as_str().unwrap().is_empty());
    assert!(answer.stderr.contains("hint: "), "{}", answer.stderr);
}

#[test]
fn rejects_a_full_disk_and_keeps_what_was_there_before_the_proof() {
    let place = Place::with_proof();
    for (command, outputs) in writers() {
        write_old(&place, outputs);
        let before = contents(&place.path("."));
        let (mut blocks, mut failures) = (0, 0);
        loop {
            // A file may have so many blocks: with each limit another write is the last.
            let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
            let answer = answer(&mut script(&place, &limit, &format!("{command} --json")));
            if answer.code == 0 {
                break;
            }
            assert_named(&answer, "file::io", outputs);
            assert_eq!(contents(&place.path(".")), before, "{command} with {blocks} blocks");
            failures += 1;
            blocks = (2 * blocks).max(1);
        }
        assert!(failures > 0, "{command}");
        for output in outputs {
            assert_ne!(place.read(output), OLD.as_bytes());
        }
        assert_eq!(contents(&place.path(".")).len(), before.len());
        outputs.iter().for_each(|output| fs_err::remove_file(place.path(output)).unwrap());
    }
}

#[test]
fn rejects_a_full_disk_under_standard_output_of_a_proof() {
    let place = Place::with_proof();
    let compile = format!("compile two_nodes.onnx -o new.lion {COMPILE}");
    let verify = "verify proof.json --vk keys/model.vk";
    for command in [verify, "completions bash", &compile, "--help", "--version"] {
        for form in ["", " --json"] {
            let full = fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let mut command = place.command(&format!("{command}{form}"));
            let output = command.stdout(Stdio::from(full.into_file())).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(6), "{stderr}");
            let expected = "error[file::disk_full]: cannot write `standard output`";
            assert!(stderr.contains(expected) && stderr.contains("hint: "), "{stderr}");
        }
    }
    // The files are whole all the same.
    place.ok("check new.lion --input input.json");
}

/// The command as somebody who owns nothing here.
fn stranger(place: &Place, arguments: &str) -> Command {
    let directory = place.path(".");
    if fs_err::metadata(&directory).unwrap().uid() != 0 {
        return place.command(arguments);
    }
    // To root permissions do not apply.
    let program = place.path("lionml");
    if !program.exists() {
        fs_err::copy(env!("CARGO_BIN_EXE_lionml"), &program).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    command.args(arguments.split_whitespace()).current_dir(directory);
    command.env("XDG_CACHE_HOME", place.path("cache")).env("HOME", place.path("."));
    command
}

fn set_mode(place: &Place, name: &str, mode: u32) {
    fs_err::set_permissions(place.path(name), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn rejects_missing_permissions_before_the_proof() {
    let place = Place::with_proof();
    fs_err::create_dir(place.path("out")).unwrap();
    set_mode(&place, ".", 0o755);
    set_mode(&place, "out", 0o555);
    for (command, outputs) in writers() {
        let answer = answer(&mut stranger(&place, &format!("{command} --json")));
        assert_named(&answer, "file::permission_denied", outputs);
    }
    assert_eq!(fs_err::read_dir(place.path("out")).unwrap().count(), 0);

    let secrets = ["two_nodes.onnx", "model.lion", "input.json", "proof.json", "keys/model.pk"];
    secrets.iter().for_each(|secret| set_mode(&place, secret, 0));
    let compile = format!("compile two_nodes.onnx -o new.lion {COMPILE}");
    let readers = [
        (compile.as_str(), "two_nodes.onnx"),
        ("inspect two_nodes.onnx", "two_nodes.onnx"),
        ("setup model.lion", "model.lion"),
        ("verify proof.json --vk keys/model.vk", "proof.json"),
    ];
    for (command, secret) in readers {
        let answer = answer(&mut stranger(&place, &format!("{command} --json")));
        assert_named(&answer, "file::permission_denied", &[secret]);
    }
    set_mode(&place, "model.lion", 0o444);
    let prove = "prove model.lion --input input.json --json";
    let refused = answer(&mut stranger(&place, prove));
    assert_named(&refused, "file::permission_denied", &["keys/model.pk"]);
    set_mode(&place, "keys/model.pk", 0o444);
    let refused = answer(&mut stranger(&place, prove));
    assert_named(&refused, "file::permission_denied", &["input.json"]);
    set_mode(&place, "out", 0o755);
}

#[test]
fn rejects_a_working_directory_that_nobody_may_search() {
    let place = Place::with_model();
    set_mode(&place, ".", 0o755);
    fs_err::create_dir(place.path("closed")).unwrap();
    let model = place.path("two_nodes.onnx");
    let command = format!("compile {} -o new.lion {COMPILE} --json", model.display());
    let command = stranger(&place, &command);
    let mut shell = Command::new("sh");
    shell.args(["-c", "chmod 0 . && exec \"$@\"", "sh"]).arg(command.get_program());
    shell.args(command.get_args()).current_dir(place.path("closed"));
    let answer = answer(&mut shell);
    set_mode(&place, "closed", 0o755);
    assert_named(&answer, "file::permission_denied", &["new.lion"]);
}

#[test]
fn accepts_a_cache_that_cannot_be_written_and_keeps_the_proof() {
    let place = Place::with_model();
    set_mode(&place, ".", 0o755);
    fs_err::create_dir(place.path("out")).unwrap();
    set_mode(&place, "out", 0o777);
    fs_err::create_dir(place.path("cache")).unwrap();
    set_mode(&place, "cache", 0o555);
    for srs in ["ceremony", "dev"] {
        let run = format!("run two_nodes.onnx --input input.json {COMPILE} --srs {srs}");
        let answer = answer(&mut stranger(&place, &format!("{run} -o out/{srs}.json")));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert!(answer.stderr.contains("nothing is cached"), "{}", answer.stderr);
        assert!(place.path(&format!("out/{srs}.json")).exists());
    }
    // A file where the cache should be, and one that may not grow.
    let limit = "trap '' XFSZ; ulimit -f 16; exec \"$@\"";
    let run =
        format!("run two_nodes.onnx --input input.json {COMPILE} --srs dev -o out/small.json");
    let limited = answer(&mut script(&place, limit, &run));
    assert_eq!(limited.code, 0, "{}", limited.stderr);
    fs_err::remove_dir_all(place.path("cache")).unwrap();
    place.write("cache", "no directory");
    place.ok(&run);
}

const SIGHUP: u64 = 1;
const SIGTERM: u64 = 15;

/// Waits until the command handles a signal, or has ended.
fn wait_for_handler(child: &mut Child, signal: u64) {
    let status = format!("/proc/{}/status", child.id());
    while child.try_wait().unwrap().is_none() {
        let text = fs_err::read_to_string(&status).unwrap_or_default();
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        // Bit `n - 1` stands for signal `n`.
        let caught = u64::from_str_radix(caught.unwrap_or("0").trim(), 16).unwrap();
        if caught >> (signal - 1) & 1 == 1 {
            return;
        }
        sleep(Duration::from_millis(1));
    }
}

/// How a command ends that gets a signal after a while, if it is not done by then.
fn interrupted(mut command: Command, signal: &str, delay: Duration) -> Option<i32> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // That of hang-ups is set last.
    wait_for_handler(&mut child, SIGHUP);
    sleep(delay);
    let kill = ["-s", signal, &child.id().to_string()];
    let _ = Command::new("kill").args(kill).stderr(Stdio::null()).status().unwrap();
    child.wait().unwrap().code()
}

#[test]
fn accepts_interrupts_at_many_moments_before_the_proof_and_after() {
    const MOMENTS: u32 = 12;
    let place = Place::with_proof();
    for (command, outputs) in writers().into_iter().take(3) {
        write_old(&place, outputs);
        let start = Instant::now();
        place.ok(&command);
        let whole = start.elapsed();
        let expected: Vec<_> = outputs.iter().map(|output| place.read(output)).collect();
        let is_new = |(output, expected): (&&str, &Vec<u8>)| match *output {
            // No two are the same.
            "out/proof.json" => place.run("verify out/proof.json --vk keys/model.vk").code == 0,
            output => place.read(output) == *expected,
        };
        let names = || contents(&place.path(".")).into_keys().collect::<Vec<_>>();
        let before = names();
        for moment in 0..MOMENTS {
            write_old(&place, outputs);
            let signal = if moment % 2 == 0 { "INT" } else { "TERM" };
            // More of them near the end, where files are written.
            let left = whole * (MOMENTS - moment).pow(2) / MOMENTS.pow(2);
            let code = interrupted(place.command(&command), signal, whole - left);
            assert!(matches!(code, Some(0 | 130)), "{command}: {code:?} {left:?} before the end");
            let is_old = outputs.iter().all(|output| place.read(output) == OLD.as_bytes());
            let is_whole = code == Some(130) && is_old || outputs.iter().zip(&expected).all(is_new);
            assert!(is_whole, "{command}: {code:?} {left:?} before the end");
            assert_eq!(names(), before, "{command} {left:?} before the end");
        }
    }
}

/// As `nohup` begins it: the terminal goes, and the proof is made.
#[test]
fn accepts_hang_ups_that_are_to_be_ignored() {
    let place = Place::with_proof();
    let prove = place.command("prove model.lion --keys keys --input input.json -o new.json");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(prove.get_program());
    command.args(prove.get_args()).current_dir(place.path("."));
    command.envs(prove.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_handler(&mut child, SIGTERM);
    let kill = ["-s", "HUP", &child.id().to_string()];
    assert!(Command::new("kill").args(kill).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    place.ok("verify new.json --vk keys/model.vk");
}

#[test]
fn accepts_names_that_are_no_text() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let place = Place::with_model();
    let name = OsStr::from_bytes(b"caf\xe9.lion");
    let mut command = place.command(&format!("compile two_nodes.onnx {COMPILE} --json -o"));
    let output = command.arg(name).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["files"][0], "caf\u{fffd}.lion");
    assert!(place.path("input.json").with_file_name(name).is_file());
}
