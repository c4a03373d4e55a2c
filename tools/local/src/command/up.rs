//! `local up`: the product, until it is told to stop.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use local::os::signal::{self, Shutdown, Signal};
use local::{Endpoints, RunLock, Stack, layout};

/// The last line that a run prints when everything is ready.
const READY: &str = "ready";
const POLL: Duration = Duration::from_millis(50);

/// In this process: prints where things listen and stays until SIGINT or SIGTERM.
pub(crate) fn in_foreground(shutdown: &Shutdown) -> Result<()> {
    let run = layout::run();
    let _alone = RunLock::take(&run)?;
    let stack = Stack::start(&run)?;
    print(&stack.endpoints(), &run);
    println!("{READY}");
    shutdown.wait_forever();
    stack.stop()?;
    Ok(())
}

/// In a process of its own, left running when this one ends.
pub(crate) fn in_background(shutdown: &Shutdown) -> Result<()> {
    let run = layout::run();
    drop(RunLock::take(&run)?);
    let log = run.join("up.log");
    let mut child = start(&log)?;
    loop {
        let said = fs::read_to_string(&log)?;
        if let Some(endpoints) = said.strip_suffix(&format!("{READY}\n")) {
            print!("{endpoints}");
            println!("stop with `make down`");
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("`local up` ended with {status}:\n{said}");
        }
        if shutdown.wait(POLL) {
            signal::send(child.id(), Signal::Terminate)?;
            bail!("interrupted");
        }
    }
}

fn start(log: &Path) -> Result<Child> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(std::env::current_exe()?);
    // A group of its own: a Ctrl-C at this terminal is not for it.
    command.arg("up").stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
    Ok(command.spawn()?)
}

fn print(endpoints: &Endpoints, run: &Path) {
    println!("kafka          {}", endpoints.kafka);
    println!("sandbox        {}", endpoints.sandbox);
    println!("console        {}", endpoints.console);
    for service in endpoints.services.iter().filter(|service| service.name != "console") {
        println!("{:<14} {}", service.name, service.admin.as_deref().unwrap_or("starting"));
    }
    println!("logs           {}", run.display());
}
