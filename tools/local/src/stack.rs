//! The whole product: broker, topics, sandbox, the three services and the console.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::broker::{Broker, BrokerSettings};
use crate::endpoints::Endpoints;
use crate::error::{Error, Result};
use crate::layout;
use crate::process::{Launch, Process};
use crate::supervisor::Supervisor;
use crate::upstream::Upstreams;

/// Each is a binary, a stage and a Kafka consumer group of that name.
pub const SERVICES: [&str; 3] = ["fetch-extract", "llm-structure", "post-to-zoho"];
const CONSOLE: &str = "console";
const SANDBOX_UP: Duration = Duration::from_secs(10);
const READY: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(20);

/// A running product; dropping it kills every part.
#[derive(Debug)]
pub struct Stack {
    // Dropped in this order: services before what they talk to.
    services: Supervisor,
    sandbox: Process,
    broker: Option<Broker>,
    endpoints: Endpoints,
    upstreams: Upstreams,
}

impl Stack {
    /// Starts everything and returns when every service is ready. Logs, data and `endpoints.json` go into `run`;
    /// those of an earlier run are removed, as the sandbox's books do not outlive it either.
    pub fn start(run: &Path) -> Result<Self> {
        clear(run)?;
        let sandbox_binary = layout::binary("sandbox")?;
        let (broker, kafka) = kafka(run)?;
        let mut sandbox = Process::start(&launch("sandbox", sandbox_binary, &["--port", "0"], Vec::new(), run))?;
        let address = sandbox.line("listening on ", SANDBOX_UP)?;
        let documents = layout::documents(run).display().to_string();
        let upstreams = Upstreams::choose(&kafka, &address, &documents, |name| std::env::var(name).ok());
        let console = format!("http://{}", free_address()?);
        let endpoints = Endpoints { kafka, sandbox: address, console, services: Vec::new() };
        apply_topics(&upstreams)?;
        let services = supervise(&upstreams, &endpoints, run)?;
        services.wait_ready(READY)?;
        Ok(Self { services, sandbox, broker, endpoints, upstreams })
    }

    /// Where everything listens now.
    pub fn endpoints(&self) -> Endpoints {
        Endpoints { services: self.services.services(), ..self.endpoints.clone() }
    }

    pub fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// `invoicectl` with the product's settings, ready for its arguments.
    pub fn invoicectl(&self) -> Result<Command> {
        invoicectl(&self.upstreams)
    }

    /// Services first, so that they can finish what they have begun.
    pub fn stop(self) -> Result<()> {
        let Self { services, mut sandbox, broker, .. } = self;
        services.stop(GRACE)?;
        sandbox.terminate(GRACE)?;
        broker.map_or(Ok(()), |mut broker| broker.stop())
    }
}

/// `KAFKA_BROKERS` if it is set, else a broker of our own.
fn kafka(run: &Path) -> Result<(Option<Broker>, String)> {
    if let Some(brokers) = std::env::var("KAFKA_BROKERS").ok().filter(|brokers| !brokers.is_empty()) {
        return Ok((None, brokers));
    }
    let broker = Broker::start(&BrokerSettings::new(run.join("kafka")))?;
    let address = broker.bootstrap();
    Ok((Some(broker), address))
}

fn apply_topics(upstreams: &Upstreams) -> Result<()> {
    let mut command = invoicectl(upstreams)?;
    let done = command.args(["topics", "apply"]).output();
    let done = done.map_err(|source| Error::Start { name: "invoicectl".to_owned(), source })?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(Error::Topics { status: done.status, said: String::from_utf8_lossy(&said).into_owned() })
}

fn invoicectl(upstreams: &Upstreams) -> Result<Command> {
    let mut command = Command::new(layout::binary("invoicectl")?);
    command.envs(upstreams.env.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

fn supervise(upstreams: &Upstreams, endpoints: &Endpoints, run: &Path) -> Result<Supervisor> {
    let service = |name: &str, env| Ok(launch(name, layout::binary(name)?, &[], env, run));
    let mut launches = SERVICES.iter().map(|name| service(name, upstreams.env.clone())).collect::<Result<Vec<_>>>()?;
    launches.push(service(CONSOLE, console_env(upstreams, endpoints, run))?);
    let (endpoints, run) = (endpoints.clone(), run.to_path_buf());
    Supervisor::start(launches, move |services| {
        let now = Endpoints { services: services.to_vec(), ..endpoints.clone() };
        if let Err(error) = now.write(&run) {
            eprintln!("{error}");
        }
    })
}

/// What the console needs beside what all need.
fn console_env(upstreams: &Upstreams, endpoints: &Endpoints, run: &Path) -> Vec<(String, String)> {
    let listen = endpoints.console.trim_start_matches("http://").to_owned();
    let own = [("LISTEN", listen), ("VIEW", layout::view(run).display().to_string())];
    let own = own.into_iter().map(|(name, value)| (format!("INVOICES__CONSOLE__{name}"), value));
    upstreams.env.iter().cloned().chain(own).collect()
}

/// One that nobody listens at. It is chosen here and not by the console, so that a restarted one is where it was.
fn free_address() -> Result<String> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    free.map(|address| address.to_string()).map_err(|source| Error::Start { name: CONSOLE.to_owned(), source })
}

fn launch(name: &str, program: PathBuf, args: &[&str], env: Vec<(String, String)>, run: &Path) -> Launch {
    let args = args.iter().map(Into::into).collect();
    Launch { name: name.to_owned(), program, args, env, log: run.join(format!("{name}.log")) }
}

fn clear(run: &Path) -> Result<()> {
    fs::create_dir_all(run).map_err(Error::file("create", run))?;
    let logs = SERVICES.iter().chain(&["sandbox", CONSOLE]).map(|name| run.join(format!("{name}.log")));
    for file in logs.chain([Endpoints::path(run)]).filter(|file| file.exists()) {
        fs::remove_file(&file).map_err(Error::file("remove", &file))?;
    }
    for folder in
        [run.join("kafka"), layout::documents(run), run.join("view")].into_iter().filter(|folder| folder.exists())
    {
        fs::remove_dir_all(&folder).map_err(Error::file("remove", &folder))?;
    }
    Ok(())
}
