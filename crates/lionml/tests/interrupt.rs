//! What is left when a process is ended in the middle: alone in its program, since whoever ends a
//! process ends all that it writes.
#![cfg(test)]

mod support;

use lionml::{Compile, CompileOptions, CompiledModel, remove_unfinished_files};

const COMPILATIONS: usize = 40;

#[test]
fn rejects_half_written_files_at_any_moment() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("model.lion");
    let manifest = output.with_extension("manifest");
    let compile = |index: usize| {
        let options = CompileOptions { name: Some(format!("model {index}")), ..support::options() };
        let model = support::fixture("two_nodes.onnx");
        Compile { model, output: output.clone(), samples: None, options }.execute(&mut |_| ())
    };
    std::thread::scope(|scope| {
        // What is interrupted fails, and the next takes its place.
        let writer = scope.spawn(|| (0..COMPILATIONS).filter(|i| compile(*i).is_ok()).count());
        let mut interrupts = 0;
        while !writer.is_finished() {
            let ended = remove_unfinished_files();
            interrupts += 1;
            for entry in fs_err::read_dir(directory.path()).unwrap() {
                let path = entry.unwrap().path();
                assert!(path == output || path == manifest, "{}", path.display());
            }
            if let Ok(compiled) = CompiledModel::read(&output) {
                let beside = fs_err::read(&manifest).unwrap();
                assert_eq!(compiled.manifest.to_bytes().unwrap(), beside);
            }
            drop(ended);
            std::thread::yield_now();
        }
        assert!(interrupts > COMPILATIONS && writer.join().is_ok());
    });
}
