//! A Kafka broker of one's own.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, mem};

use crate::error::{Error, Result};
use crate::kafka::properties::{Ports, properties};
use crate::kafka::{self, Security, certificates, format, port, probe};
use crate::process::{Launch, Process};

/// After a crash the controller first waits for the broker's former session, so this is generous.
const START: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(15);
const TRIES: usize = 3;
/// What a secured broker logs when it serves clients: to ask it, one would have to log in.
const STARTED: &str = "[main] INFO kafka.server.KafkaRaftServer - [KafkaRaftServer nodeId=1] Kafka Server started";
/// That line, and every decision of the authorizer with the rule that it rests on.
const SECURED_LOG: [&str; 2] = [
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug",
];

#[derive(Debug, Clone)]
pub struct BrokerSettings {
    /// Data, settings and log. Kept by [`Broker::stop`]; a broker started on it again goes on from there.
    pub dir: PathBuf,
    /// A free one if `None`.
    pub port: Option<u16>,
    /// The port that clients are told to use, if not the broker's own: that of a proxy in front of it.
    pub advertised: Option<u16>,
    /// The JVM's `-Xmx`.
    pub heap: String,
    /// Broker properties that win over the built-in ones.
    pub properties: Vec<(String, String)>,
    /// Anybody may do anything if `None`.
    pub security: Option<Security>,
    /// Whether it runs long enough for the JVM's second compiler to gain more than it costs.
    pub long_running: bool,
}

/// A running broker. Dropping it kills it; its data stay.
#[derive(Debug)]
pub struct Broker {
    launch: Launch,
    ports: Ports,
    process: Process,
    secured: bool,
}

impl BrokerSettings {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            port: None,
            advertised: None,
            heap: "512m".to_owned(),
            properties: Vec::new(),
            security: None,
            long_running: false,
        }
    }
}

impl Broker {
    /// Starts a broker and returns when it answers clients, after about three seconds.
    ///
    /// # Errors
    /// If Kafka's jars cannot be had, or the broker ends or does not answer within a minute (with its log's end).
    pub fn start(settings: &BrokerSettings) -> Result<Self> {
        let mut tries = 1;
        loop {
            match Self::start_once(settings) {
                // Somebody took the free port between the look and the bind.
                Err(Error::Ended { log, .. }) if settings.port.is_none() && tries < TRIES && port_taken(&log) => {
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    /// `127.0.0.1:PORT`: the broker itself, even if another port is advertised.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.ports.broker)
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        &self.launch.log
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its process, to pause and resume it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// SIGTERM, then SIGKILL if it has not ended after 15 seconds.
    pub fn stop(&mut self) -> Result<()> {
        self.process.terminate(GRACE).map(drop)
    }

    /// SIGKILL, as a crash would.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill9().map(drop)
    }

    /// Starts it again on the same port and data, stopping it first if it runs; returns when it answers.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        let next = Process::start(&self.launch)?;
        drop(mem::replace(&mut self.process, next));
        self.wait_answers()
    }

    fn start_once(settings: &BrokerSettings) -> Result<Self> {
        let ports = choose(settings.port)?;
        let launch = prepare(settings, ports)?;
        let process = Process::start(&launch)?;
        let mut broker = Self { launch, ports, process, secured: settings.security.is_some() };
        broker.wait_answers()?;
        Ok(broker)
    }

    fn wait_answers(&mut self) -> Result<()> {
        if self.secured {
            return self.process.line(STARTED, START).map(drop);
        }
        let port = self.ports.broker;
        self.process.until("an answer to a client", START, || probe::answers(port).then_some(()))
    }
}

fn choose(wanted: Option<u16>) -> Result<Ports> {
    let broker = wanted.map_or_else(port::free, Ok)?;
    let controller = loop {
        let port = port::free()?;
        if port != broker {
            break port;
        }
    };
    Ok(Ports { broker, controller })
}

fn prepare(settings: &BrokerSettings, ports: Ports) -> Result<Launch> {
    let dir = &settings.dir;
    let (data, config) = (dir.join("data"), dir.join("server.properties"));
    let classpath = kafka::classpath()?;
    fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
    let (advertised, security) = (settings.advertised.unwrap_or(ports.broker), settings.security.as_ref());
    let text = properties(ports, advertised, &data, security, &settings.properties);
    fs::write(&config, text).map_err(Error::file("write", &config))?;
    match security {
        None => format::format(&data)?,
        Some(security) => {
            certificates::make(dir)?;
            format::format_secured(&data, &config, security)?;
        }
    }
    let heap = format!("-Xmx{}", settings.heap);
    let compilers = if settings.long_running { "-XX:+TieredCompilation" } else { "-XX:TieredStopAtLevel=1" };
    let flags = [heap.as_str(), "-XX:+UseSerialGC", compilers, kafka::QUIET];
    let more: &[&str] = if security.is_some() { &SECURED_LOG } else { &[] };
    let mut args: Vec<_> = flags.iter().chain(more).map(Into::into).collect();
    args.extend(["-cp".into(), classpath.into(), "kafka.Kafka".into(), config.into()]);
    Ok(Launch {
        name: "kafka".to_owned(),
        program: kafka::java().into(),
        args,
        env: Vec::new(),
        log: dir.join("kafka.log"),
    })
}

fn port_taken(log: &Path) -> bool {
    fs::read_to_string(log).is_ok_and(|text| text.contains("Address already in use"))
}
