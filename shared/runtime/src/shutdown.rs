//! SIGTERM and SIGINT: the first asks for a drain, the second ends the process at once.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Turns true at the first SIGTERM or SIGINT; a second one exits with 1 at once.
///
/// # Errors
/// When the signals cannot be listened to. To be called inside a tokio runtime.
pub fn on_signals() -> io::Result<watch::Receiver<bool>> {
    let mut signals = Signals { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? };
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!("{name} received, draining; a second signal ends the process at once");
        sender.send_replace(true);
        let name = signals.next().await;
        tracing::warn!("{name} received while draining, ending at once");
        std::process::exit(1);
    });
    Ok(receiver)
}

struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.int.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    const CHILD: &str = "SHUTDOWN_TEST_CHILD";
    /// The child ends itself then, and with it whatever waits for it.
    const DEADLINE: Duration = Duration::from_secs(30);

    /// Not a test of its own: the process that the others send signals to.
    #[test]
    fn child() {
        let Some(after) = std::env::var_os(CHILD) else { return };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let life = async {
            let mut shutdown = super::on_signals().unwrap();
            eprintln!("listening");
            shutdown.wait_for(|stop| *stop).await.unwrap();
            eprintln!("draining");
            if after == "hang" {
                std::future::pending::<()>().await;
            }
        };
        runtime.block_on(async { tokio::time::timeout(DEADLINE, life).await }).unwrap();
    }

    struct Process {
        child: Child,
        lines: BufReader<Box<dyn Read>>,
    }

    impl Process {
        fn start(after: &str) -> Self {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "shutdown::tests::child", "--nocapture"])
                .env(CHILD, after)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let lines: Box<dyn Read> = Box::new(child.stderr.take().unwrap());
            let mut process = Self { child, lines: BufReader::new(lines) };
            process.wait_for("listening");
            process
        }

        fn wait_for(&mut self, expected: &str) {
            let lines = self.lines.by_ref().lines();
            assert!(lines.map_while(Result::ok).any(|line| line == expected), "ended before it said {expected:?}");
        }

        fn signal(&self, name: &str) {
            let pid = self.child.id().to_string();
            assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        }
    }

    #[test]
    fn the_first_signal_asks_for_a_drain() {
        for signal in ["TERM", "INT"] {
            let mut process = Process::start("end");
            process.signal(signal);
            process.wait_for("draining");
            assert_eq!(process.child.wait().unwrap().code(), Some(0), "{signal}");
        }
    }

    #[test]
    fn the_second_signal_ends_the_process_at_once_with_1() {
        let mut process = Process::start("hang");
        process.signal("TERM");
        process.wait_for("draining");
        process.signal("INT");
        assert_eq!(process.child.wait().unwrap().code(), Some(1));
    }
}
