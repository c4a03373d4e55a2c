//! The child: takes PDFs from standard input, one after the other, and answers each on standard output, with its text or
//! the picture of a page.
//!
//! It ends with its parent, however that dies: one thread does nothing but read, so the end of the input is noticed
//! even while a PDF is being read, and ends the process. (A death signal would come with the end of the *thread* that
//! started the child, which is not the end of the parent.)

use super::confine;
use super::limits::Limits;
use super::picture::{self, Drawn};
use super::source::{self, GlyphSource, Unreadable};
use super::text::Excerpt;
use super::wire::{self, Answer, Counts, Job, Reading};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

/// Deep nesting is legal; endless nesting must still end soon.
const STACK_BYTES: usize = 16 << 20;

/// No program has a longer name.
const PRODUCER_CHARS: usize = 100;

const PANICKED: i32 = 101;
const CANNOT_ANSWER: i32 = 74;

/// Serves until standard input ends, or, asked to probe, says what would hold it.
#[must_use]
pub fn serve(arguments: &[&str]) -> ExitCode {
    if arguments == [PROBE] {
        return probe();
    }
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

/// The argument that makes a child say what this kernel can hold it with.
pub(super) const PROBE: &str = "confinement";

fn probe() -> ExitCode {
    let confinement = confine::probe();
    match serde_json::to_string(&confinement) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(limits: Limits) -> io::Result<()> {
    let answers = confine::take_stdout()?;
    // What the panic says may be out of the invoice: it is not printed.
    std::panic::set_hook(Box::new(|_| std::process::exit(PANICKED)));
    confine::process(&limits)?;
    // What the kernel lacks was told at the service's start.
    confine::landlock();
    let (jobs, queue) = mpsc::channel();
    let reader = thread::Builder::new().stack_size(STACK_BYTES);
    reader.spawn(move || answer_all(queue, answers, &limits))?;
    let mut input = io::stdin().lock();
    while let Some(job) = wire::read_frame(&mut input)? {
        let job = serde_json::from_slice(&job)?;
        let Some(pdf) = wire::read_frame(&mut input)? else { break };
        if jobs.send((job, pdf)).is_err() {
            break;
        }
    }
    Ok(())
}

fn answer_all(queue: mpsc::Receiver<(Job, Vec<u8>)>, mut answers: File, limits: &Limits) {
    confine::seccomp();
    let source = source::of(limits.extractor);
    for (job, pdf) in queue {
        if let Err(error) = answer(source, job, pdf, &mut answers, limits) {
            eprintln!("{error}");
            std::process::exit(CANNOT_ANSWER);
        }
    }
}

fn answer(source: &dyn GlyphSource, job: Job, pdf: Vec<u8>, answers: &mut File, limits: &Limits) -> io::Result<()> {
    confine::next_job(limits)?;
    let done = match job {
        Job::Text => read(source, pdf, limits).map(|reading| (Answer::Text(reading), Vec::new())),
        Job::Picture { page, width } => picture::draw(pdf, page, width).map(|drawn| match drawn {
            Drawn::Picture(png) => (Answer::Picture, png),
            Drawn::NoPage { pages } => (Answer::NoPage { pages }, Vec::new()),
        }),
    };
    let (answer, picture) = done.unwrap_or_else(|unreadable| (unreadable.into(), Vec::new()));
    wire::write_frame(answers, &serde_json::to_vec(&answer)?)?;
    wire::write_frame(answers, &picture)
}

impl From<Unreadable> for Answer {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Password => Self::Password,
            Unreadable::Broken(reason) => Self::Error(reason),
        }
    }
}

pub(super) fn read(source: &dyn GlyphSource, pdf: Vec<u8>, limits: &Limits) -> Result<Reading, Unreadable> {
    let mut excerpt = Excerpt::new(limits.text_cap_chars);
    let mut counts = Counts::default();
    let mut page_sizes = Vec::new();
    let facts = source.read(pdf, &mut |page| {
        counts.add(page.counts);
        if page_sizes.len() < Reading::MOST_PAGE_SIZES {
            page_sizes.push([page.width, page.height]);
        }
        excerpt.page(page);
        ControlFlow::Continue(())
    })?;
    let (lines, left_out) = excerpt.finish();
    let producer = facts.producer.map(|producer| producer.chars().take(PRODUCER_CHARS).collect());
    Ok(Reading { pages: facts.pages, producer, lines, left_out, counts, page_sizes })
}
