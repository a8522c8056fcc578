//! Fuzzing in short: every target of `fuzz/` with its seeds and with what a fixed beginning of
//! chance makes of them, in the build that the other tests have anyway. The long runs, which look
//! for new ways through the program, are `.ci/fuzz`.

mod mutate;
#[path = "../../../fuzz/src/lib.rs"]
mod shared;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mutate::Mutator;
use shared::targets;

/// In every run there are so many times fewer inputs.
const SHORT: usize = 10;

/// Two tests for each target, a short and a long one: how many inputs beside the seeds, and of how many bytes at most.
macro_rules! targets {
    ($($name:ident: $inputs:literal of $longest:literal,)*) => {
        const TARGETS: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                run(stringify!($name), targets::$name::look, $inputs / SHORT, $longest);
            }
        )*

        mod at_length {
            use super::{run, targets};

            $(
                #[test]
                #[ignore = "thousands of inputs: a proof, run by .ci/run"]
                fn $name() {
                    run(stringify!($name), targets::$name::look, $inputs, $longest);
                }
            )*
        }
    };
}

targets! {
    inn: 20_000 of 128,
    kpp: 20_000 of 64,
    office: 20_000 of 64,
    name: 10_000 of 1_200,
    email: 20_000 of 256,
    press: 20_000 of 96,
    draft: 10_000 of 1_024,
    invoicebox: 20_000 of 2_048,
    sbis: 20_000 of 2_048,
    intake: 20_000 of 4_096,
    directory: 10_000 of 4_096,
    paste: 2_000 of 4_096,
    screens: 10_000 of 1_024,
    conversation: 5_000 of 1_024,
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn run(target: &str, look: fn(&[u8]), inputs: usize, longest: usize) {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder("seeds").join(target)).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let mut mutator = Mutator::new(&seeds, longest);
    let changed = std::iter::repeat_with(|| mutator.next()).take(inputs);
    let (start, mut slowest) = (Instant::now(), Duration::ZERO);
    for input in seeds.iter().cloned().chain(changed) {
        let start = Instant::now();
        if let Err(panic) = catch_unwind(|| look(&input)) {
            println!("{target} does not hold for b\"{}\"", input.escape_ascii());
            resume_unwind(panic);
        }
        slowest = slowest.max(start.elapsed());
    }
    println!(
        "{target}: {} inputs in {:.1?}, {slowest:.1?} at most",
        seeds.len() + inputs,
        start.elapsed()
    );
}

#[test]
fn no_target_is_left_out() {
    let files = fs::read_dir(folder("fuzz_targets")).unwrap();
    let files: BTreeSet<String> = files
        .map(|it| it.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, TARGETS.iter().map(|&name| name.to_owned()).collect());
}
