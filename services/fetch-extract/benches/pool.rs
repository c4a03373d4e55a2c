//! What it costs to read a PDF in a child: the same engine in this process, in a warm child, and poppler beside them.
//!
//! `FILES` names a folder of PDFs, or of a list `MANIFEST.tsv` with the columns `file` and `group`, of which the group
//! `invoice` is taken; without it the generated samples are read. Processor time is that of all processes together.

#![allow(clippy::unwrap_used, reason = "a bench")]

use fetch_extract::extract::{self, Limits, Pool};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: u32 = 20;
/// In pixels: a page on half of a large screen.
const PICTURE_WIDTH: u16 = 1000;
/// The kernel counts processor time in these (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// One way to read a PDF, and what it has cost.
struct Way {
    name: &'static str,
    cpu: Duration,
    wall: Duration,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let pdfs: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let limits = Limits::default();
    let pool = Pool::new(&limits, env!("CARGO_BIN_EXE_fetch-extract").into(), 1);
    let in_process = || pdfs.iter().for_each(|pdf| assert!(extract::in_this_process(pdf.clone(), &limits).is_some()));
    let in_child = || pdfs.iter().for_each(|pdf| assert!(runtime.block_on(pool.read(pdf)).is_ok()));
    let drawn = || pdfs.iter().for_each(|pdf| assert!(runtime.block_on(pool.picture(pdf, 1, PICTURE_WIDTH)).is_ok()));
    let poppler = || files.iter().for_each(|file| pdftotext(file));
    let has_poppler = Command::new("pdftotext").arg("-v").stderr(Stdio::null()).status().is_ok();
    in_child();

    let way = |name| Way { name, cpu: Duration::ZERO, wall: Duration::ZERO };
    let names =
        ["in this process", "in a warm child", "its first page as a picture", "pdftotext -layout, a process per file"];
    let mut ways = names.map(way);
    for _ in 0..ROUNDS {
        ways[0].run(in_process);
        ways[1].run(in_child);
        ways[2].run(drawn);
        if has_poppler {
            ways[3].run(poppler);
        }
    }
    let reads = ROUNDS * u32::try_from(pdfs.len()).unwrap();
    println!("{} files, {ROUNDS} rounds, all ways in each", pdfs.len());
    for Way { name, cpu, wall } in ways.iter().filter(|way| !way.wall.is_zero()) {
        let (cpu, wall) = (cpu.as_secs_f64() / f64::from(reads), wall.as_secs_f64() / f64::from(reads));
        println!(
            "{name:38} {:7.2} ms CPU {:7.2} ms wall a file, {:6.0} files/s and core",
            cpu * 1e3,
            wall * 1e3,
            1.0 / cpu
        );
    }
    let more = (ways[1].cpu.as_secs_f64() - ways[0].cpu.as_secs_f64()) / f64::from(reads);
    println!("the child adds {:.2} ms CPU a file", more * 1e3);
}

impl Way {
    fn run(&mut self, work: impl FnOnce()) {
        let (cpu, began) = (processor_time(), Instant::now());
        work();
        self.wall += began.elapsed();
        self.cpu += processor_time() - cpu;
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Some(given) = std::env::var_os("FILES").filter(|given| !given.is_empty()).map(PathBuf::from) else {
        for sample in samples::all() {
            std::fs::write(folder.join(format!("{}.pdf", sample.name)), sample.pdf).unwrap();
        }
        return pdfs_in(folder);
    };
    let Ok(list) = std::fs::read_to_string(given.join("MANIFEST.tsv")) else { return pdfs_in(&given) };
    let mut rows = list.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let head = rows.next().unwrap_or_default();
    let column = |name| head.iter().position(|title| *title == name).unwrap();
    let (file, group) = (column("file"), column("group"));
    rows.filter(|row| row[group] == "invoice").map(|row| given.join(row[file])).collect()
}

fn pdfs_in(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some_and(|ending| ending == "pdf")).collect()
}

fn pdftotext(file: &Path) {
    let read = Command::new("pdftotext")
        .arg("-layout")
        .arg(file)
        .arg("-")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(read.success(), "{}", file.display());
}

/// Of this process, its children that have ended, and its children that live.
fn processor_time() -> Duration {
    let ticks = |pid: &str, fields: usize| -> u32 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name before it may hold anything; the times are the 12th field behind it and the next (proc(5)).
        let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        behind_name.split_whitespace().skip(11).take(fields).filter_map(|field| field.parse::<u32>().ok()).sum()
    };
    let living = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    TICK * (ticks("self", 4) + living.split_whitespace().map(|pid| ticks(pid, 2)).sum::<u32>())
}
