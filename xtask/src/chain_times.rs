//! How long it takes from a model and a Leo program to a transaction that a network accepted.

use std::{net::TcpListener, path::Path, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{leo, measure, process};

/// All together may take a minute, and LionML itself ten seconds of it.
const MOST_SECONDS: f64 = 60.0;
const MOST_OWN_SECONDS: f64 = 10.0;

/// The steps, as the guide has them.
const STEPS: &[(&str, &str)] = &[
    ("the model under a number", "deploy digits.lion --annotation 7 --yes"),
    ("the program, built", "leo build --package digit_reader"),
    ("the program, deployed", "leo deploy --package digit_reader --yes"),
    ("a call, proved and executed", "leo execute --package digit_reader ask 1u64 input.json --yes"),
];

/// Leo's command, which writes down when it ran.
const TIMED_LEO: &str = r#"#!/bin/sh
start=$(date +%s.%N)
"$TIMED_LEO" "$@"
code=$?
echo "$start $(date +%s.%N)" >>"$TIMED_LEO_LOG"
exit $code
"#;

/// Measures every step on a devnet, and writes the table into its page.
pub(crate) fn run() -> Result<()> {
    let tools = leo::tools()?;
    process::run(&mut process::cargo(&["build", "--release", "--locked", "--bin", "lionml"])?)?;
    let metadata = ["metadata", "--no-deps", "--format-version", "1", "--locked"];
    let metadata: Value = serde_json::from_str(&process::output(&mut process::cargo(&metadata)?)?)?;
    let target = metadata["target_directory"].as_str().context("cargo names no directory")?;
    let folder = std::env::temp_dir().join(format!("lionml-chain-times-{}", std::process::id()));
    fs_err::create_dir_all(&folder)?;
    // The listener must be gone before the node listens.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let measured = Measurement {
        lionml: &Path::new(target).join("release/lionml"),
        tools: &tools,
        folder: &folder,
        port,
    }
    .measure();
    fs_err::remove_dir_all(&folder)?;
    let (times, proving) = measured?;
    let text = table(&times, proving, &measure::occasion()?);
    println!("{text}");
    measure::write("docs/onchain.md", "chain-times", &text)?;
    let (all, own) = sums(&times);
    ensure!(all < MOST_SECONDS, "all together takes {all:.1} s: more than {MOST_SECONDS} s");
    ensure!(own < MOST_OWN_SECONDS, "LionML takes {own:.1} s: more than {MOST_OWN_SECONDS} s");
    Ok(())
}

/// The seconds of a step, and those of them that are not Leo's.
struct Time {
    all: f64,
    own: f64,
}

fn sums(times: &[Time]) -> (f64, f64) {
    (times.iter().map(|time| time.all).sum(), times.iter().map(|time| time.own).sum())
}

struct Measurement<'a> {
    lionml: &'a Path,
    tools: &'a leo::Tools,
    folder: &'a Path,
    port: u16,
}

impl Measurement<'_> {
    /// The times of all steps, and the seconds of the proof among them.
    fn measure(&self) -> Result<(Vec<Time>, f64)> {
        let model = process::root()?.join("models/digits_mlp");
        for name in ["model.onnx", "samples.json", "input.json"] {
            fs_err::copy(model.join(name), self.folder.join(name))?;
        }
        let compile = "compile model.onnx --samples samples.json --input-visibility hashed \
                       --output-visibility packed --name digits -o digits.lion";
        process::output(&mut self.command(compile))?;
        process::output(
            &mut self.command("leo new digit_reader --model digits.lion --annotation 7"),
        )?;
        let port = self.port;
        process::output(&mut self.command(&format!("devnet start --port {port}")))?;
        let measured = self.steps();
        process::output(&mut self.command(&format!("devnet stop --port {port}")))?;
        measured
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(self.lionml);
        command.args(arguments.split_whitespace()).current_dir(self.folder);
        command.envs(self.tools.iter().cloned()).env("XDG_CACHE_HOME", self.folder.join("cache"));
        command
    }

    fn steps(&self) -> Result<(Vec<Time>, f64)> {
        let [(variable, leo), _] = self.tools;
        let (timed, log) = (self.folder.join("timed-leo"), self.folder.join("timed-leo.log"));
        fs_err::write(&timed, TIMED_LEO)?;
        process::run(Command::new("chmod").arg("+x").arg(&timed))?;
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let (mut times, mut answer) = (Vec::new(), String::new());
        for (_, step) in STEPS {
            fs_err::write(&log, "")?;
            let mut command = self.command(step);
            command.args(["--json", "--endpoint", &endpoint]).env(variable, &timed);
            command.env("TIMED_LEO", leo).env("TIMED_LEO_LOG", &log);
            let start = Instant::now();
            answer = process::output(&mut command)?;
            let all = start.elapsed().as_secs_f64();
            let of_leo: f64 = fs_err::read_to_string(&log)?.lines().filter_map(seconds).sum();
            times.push(Time { all, own: all - of_leo });
        }
        let answer: Value = serde_json::from_str(&answer)?;
        ensure!(answer["accepted"] == true, "the call was not accepted");
        Ok((times, answer["prove_seconds"].as_f64().context("the call says no time")?))
    }
}

/// The seconds between the two times on a line.
fn seconds(line: &str) -> Option<f64> {
    let (start, end) = line.split_once(' ')?;
    Some(end.parse::<f64>().ok()? - start.parse::<f64>().ok()?)
}

fn table(times: &[Time], proving: f64, occasion: &str) -> String {
    let mut table =
        "| step | command | seconds | of which LionML |\n|---|---|--:|--:|\n".to_owned();
    for ((what, command), Time { all, own }) in STEPS.iter().zip(times) {
        table += &format!("| {what} | `lionml {command}` | {all:.1} | {own:.1} |\n");
    }
    let (all, own) = sums(times);
    table += &format!(
        "| all together | | {all:.1} | {own:.1} |\n\n\
         {occasion}, with `cargo xtask chain-times`, on a devnet: the network of `models/digits_mlp`. The \
         proof itself takes {proving:.2} s. *LionML* is all that is not Leo's command: the compiler extension and the \
         waiting for the node too. On a public network proofs of transitions and waiting for blocks \
         come on top. Required are less than {MOST_SECONDS:.0} s together, and less than \
         {MOST_OWN_SECONDS:.0} s for LionML.\n"
    );
    table
}
