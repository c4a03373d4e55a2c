//! The parent's end of one child.

use super::pool::Launch;
use super::wire::{self, Answer, Job};
use std::io;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// A dying child says why in its first words; what else libraries print is read and dropped.
const STDERR_KEPT_BYTES: u64 = 4096;

/// How long a child's answer may be: it is not trusted once it has seen a PDF.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub(super) answer_bytes: usize,
    pub(super) picture_bytes: usize,
}

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    stderr: JoinHandle<String>,
    /// How many PDFs it has been given.
    pub(super) served: u32,
}

impl Worker {
    pub(super) fn start(launch: &Launch) -> io::Result<Self> {
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            // An interrupt at the terminal is for the parent, which drains first.
            .process_group(0)
            .spawn()?;
        let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(stderr)) = taken else {
            return Err(io::Error::other("the child has no pipes"));
        };
        Ok(Self { child, input, output, stderr: tokio::spawn(first_words(stderr)), served: 0 })
    }

    /// The answer, and the picture if that is what it says.
    ///
    /// # Errors
    /// When the child is gone or breaks the protocol; it must not be used again then.
    pub(super) async fn ask(&mut self, job: Job, pdf: &[u8], most: Most) -> io::Result<(Answer, Vec<u8>)> {
        wire::send(&mut self.input, &serde_json::to_vec(&job)?).await?;
        wire::send(&mut self.input, pdf).await?;
        let answer = wire::receive(&mut self.output, most.answer_bytes).await?;
        let picture = wire::receive(&mut self.output, most.picture_bytes).await?;
        self.served += 1;
        Ok((serde_json::from_slice(&answer)?, picture))
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the end of a child that has closed its output, and tells how it ended and its first words.
    pub(super) async fn end(self) -> io::Result<(ExitStatus, String)> {
        let Self { mut child, input, output, stderr, .. } = self;
        drop((input, output));
        let status = child.wait().await?;
        Ok((status, stderr.await.unwrap_or_default()))
    }
}

async fn first_words(mut stderr: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    // A failed read means that the child is gone, which its owner sees for itself.
    let _ = (&mut stderr).take(STDERR_KEPT_BYTES).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}
