//! Time, processor time and memory of this process.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Adds up what it is shown.
#[derive(Default)]
pub(crate) struct Meter {
    elapsed: Duration,
    processor: Duration,
}

impl Meter {
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (began, processor) = (Instant::now(), processor_time());
        let done = work();
        self.add(began.elapsed(), processor_time() - processor);
        done
    }

    pub(crate) fn add(&mut self, elapsed: Duration, processor: Duration) {
        self.elapsed += elapsed;
        self.processor += processor;
    }

    pub(crate) fn rate(&self, count: usize) -> String {
        let (elapsed, processor) = (self.elapsed.as_secs_f64(), self.processor.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
        let n = count as f64;
        format!(
            "{count} records in {elapsed:.1} s ({processor:.1} s of a processor): {:.0} a second, {:.0} of a whole processor",
            n / elapsed,
            n / processor
        )
    }
}

/// Of all threads of this process.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// The most this process has had in memory, as Linux tells.
pub(crate) fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}
