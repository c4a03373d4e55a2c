//! The child: reads PDFs from standard input, one after the other, and answers each on standard output.
//!
//! It ends with its parent, however that dies: one thread does nothing but read, so the end of the input is noticed
//! even while a PDF is being read, and ends the process. (A death signal would come with the end of the *thread* that
//! started the child, which is not the end of the parent.)

use super::limits::Limits;
use super::wire::{self, Answer};
use super::{confine, pdf};
use std::fs::File;
use std::io;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

/// Deep nesting is legal; endless nesting must still end soon.
const STACK_BYTES: usize = 16 << 20;

const PANICKED: i32 = 101;
const CANNOT_ANSWER: i32 = 74;

/// Serves until standard input ends.
#[must_use]
pub fn serve(arguments: &[&str]) -> ExitCode {
    let Some(limits) = Limits::from_arguments(arguments) else {
        eprintln!("to be started by fetch-extract only");
        return ExitCode::from(64);
    };
    match run(limits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(limits: Limits) -> io::Result<()> {
    let answers = confine::take_stdout()?;
    // What the panic says may be out of the invoice: it is not printed.
    std::panic::set_hook(Box::new(|_| std::process::exit(PANICKED)));
    confine::process(&limits)?;
    let (jobs, queue) = mpsc::channel();
    let reader = thread::Builder::new().stack_size(STACK_BYTES);
    reader.spawn(move || answer_all(&queue, answers, &limits))?;
    let mut input = io::stdin().lock();
    while let Some(pdf) = wire::read_frame(&mut input)? {
        if jobs.send(pdf).is_err() {
            break;
        }
    }
    Ok(())
}

fn answer_all(queue: &mpsc::Receiver<Vec<u8>>, mut answers: File, limits: &Limits) {
    for pdf in queue {
        if let Err(error) = answer(&pdf, &mut answers, limits) {
            eprintln!("{error}");
            std::process::exit(CANNOT_ANSWER);
        }
    }
}

fn answer(pdf: &[u8], answers: &mut File, limits: &Limits) -> io::Result<()> {
    confine::next_job(limits)?;
    let answer = pdf::read(pdf, limits.text_cap_chars).map_or_else(Answer::Error, Answer::Text);
    wire::write_frame(answers, &serde_json::to_vec(&answer)?)
}
