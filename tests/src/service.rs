//! A service of ours as a process that can be crashed.

use crate::Metrics;
use local::{Launch, Process, layout};
use std::path::Path;
use std::time::Duration;

const READY: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(60);

/// A running service.
#[derive(Debug)]
pub struct Service {
    launch: Launch,
    process: Process,
    restarts: u32,
}

impl Service {
    /// Starts the binary as the given replica.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(binary: &str, instance: &str, env: &[(String, String)], run: &Path) -> Self {
        let mut env = env.to_vec();
        env.push(("INVOICES__INSTANCE".to_owned(), instance.to_owned()));
        let launch = Launch {
            name: format!("{binary}-{instance}"),
            program: layout::binary(binary).expect("the service is built"),
            args: Vec::new(),
            env,
            log: run.join(format!("{binary}-{instance}.log")),
        };
        let process = Process::start(&launch).expect("the service starts");
        Self { launch, process, restarts: 0 }
    }

    /// Waits until it is a member of its groups.
    ///
    /// # Panics
    /// When it does not get there within a minute.
    pub fn wait_ready(&mut self) {
        self.process.wait_ready(READY).unwrap_or_else(|error| panic!("{error}"));
    }

    /// SIGKILL, and a new process of the same replica at once.
    ///
    /// # Panics
    /// When it cannot be started again.
    pub fn kill9_and_restart(&mut self) {
        self.kill9();
        self.restart();
    }

    /// SIGKILL.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill9(&mut self) {
        self.process.kill9().expect("the service can be killed");
    }

    /// A new process of the same replica, after the last one has ended.
    ///
    /// # Panics
    /// When it cannot be started again.
    pub fn restart(&mut self) {
        // A log of its own: a line of the dead process must not be taken for one of the new.
        self.restarts += 1;
        self.launch.log.set_file_name(format!("{}.{}.log", self.launch.name, self.restarts));
        self.process = Process::start(&self.launch).expect("the service starts again");
    }

    /// SIGTERM; returns whether it drained and ended with 0.
    ///
    /// # Panics
    /// When it cannot be signalled.
    pub fn stop(&mut self) -> bool {
        self.process.terminate(GRACE).expect("the service can be stopped").success()
    }

    /// What it says on `/metrics`.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn metrics(&mut self) -> Metrics {
        Metrics::scrape(&self.process.admin(READY).expect("the service says where its admin server is"))
    }

    /// Its log so far.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.launch.log).expect("a service has a log")
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}
