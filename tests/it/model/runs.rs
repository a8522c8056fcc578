//! Random runs, one after the other; of one that fails, the shortest that still does is told.
//! How many there are is said by `PROPTEST_CASES`, else 256.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// Two sides of a coin, and the choices of a run. The walk makes of them what it wants.
pub type Run = (bool, bool, Vec<u16>);

/// Walks runs of so many choices; a walk writes down what happens in it. Where one takes longer
/// than others, there is one for each `share` of theirs.
pub fn runs(share: u32, length: Range<usize>, walk: impl Fn(Run, &mut Vec<String>)) {
    let (steps, begun) = (Cell::new(0), Instant::now());
    let cases = Config::default().cases.div_ceil(share);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    let choices = prop::collection::vec(any::<u16>(), length);
    let failed = RefCell::new(Vec::new());
    let found = TestRunner::new(config).run(&(any::<bool>(), any::<bool>(), choices), |run| {
        steps.set(steps.get() + run.2.len());
        let mut trace = Vec::new();
        catch_unwind(AssertUnwindSafe(|| walk(run, &mut trace))).map_err(|panic| {
            failed.replace(trace);
            TestCaseError::fail(words(panic.as_ref()))
        })
    });
    println!("{cases} runs, {} steps, {:.1} s", steps.get(), begun.elapsed().as_secs_f64());
    if let Err(error) = found {
        panic!("{error}\n{:#?}", failed.take());
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_owned())
}

pub fn block_on<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run)
}
