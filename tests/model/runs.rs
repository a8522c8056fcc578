//! Random runs, one after the other; of one that fails, the shortest that still does is told.
//! How many there are is said by `PROPTEST_CASES`, else 256.

use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

/// Two sides of a coin, and the choices of a run. The walk makes of them what it wants.
pub type Run = (bool, bool, Vec<u16>);

/// Walks runs of so many choices; a walk writes down what happens in it.
pub fn runs(length: Range<usize>, walk: impl Fn(Run, &mut Vec<String>)) {
    let (steps, begun) = (Cell::new(0), Instant::now());
    let config = Config { failure_persistence: None, max_shrink_iters: 1_000, ..Config::default() };
    let cases = config.cases;
    let choices = prop::collection::vec(any::<u16>(), length);
    let found = TestRunner::new(config).run(&(any::<bool>(), any::<bool>(), choices), |run| {
        steps.set(steps.get() + run.2.len());
        walk(run, &mut Vec::new());
        Ok(())
    });
    println!("{cases} runs, {} steps, {:.1} s", steps.get(), begun.elapsed().as_secs_f64());
    if let Err(TestError::Fail(_, shortest)) = found {
        let mut trace = Vec::new();
        let failed = catch_unwind(AssertUnwindSafe(|| walk(shortest, &mut trace)));
        println!("{trace:#?}");
        failed.unwrap();
    } else {
        found.unwrap();
    }
}

pub fn block_on<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run)
}
