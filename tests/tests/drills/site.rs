//! One installation: a broker with a disk of its own, the services, the sandbox, and a shell in which a runbook's
//! commands are carried out as they stand there.

use crate::runbook;
use contract::{Code, InvoiceId, Stage, State};
use local::{Broker, BrokerSettings, kafka, layout};
use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;
use testkit::World;
use testkit::world::{Place, Setup};
use tokio::sync::{Mutex, MutexGuard};

/// How long an invoice may take to its end, and a service to notice a change.
pub(crate) const SOON: Duration = Duration::from_secs(90);

/// Kafka's own tools, by the names they have on a broker's host.
const TOOLS: [(&str, &str); 2] = [
    ("kafka-topics.sh", "org.apache.kafka.tools.TopicCommand"),
    ("kafka-consumer-groups.sh", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
];

/// A broker each, one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// An installation with the prefix `invoices`, as in the runbooks.
pub(crate) struct Site {
    // Dropped in this order: the services before their broker.
    pub(crate) world: World,
    broker: Broker,
    settings: BrokerSettings,
    dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Site {
    /// A broker with these properties, topics, and all services, ready.
    pub(crate) async fn start(setup: &Setup, properties: &[(&str, &str)]) -> Self {
        let alone = ALONE.lock().await;
        let dir = TempDir::new().unwrap();
        let mut settings = BrokerSettings::new(dir.path().join("kafka"));
        settings.properties =
            properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let broker = Broker::start(&settings).unwrap();
        let port = broker.bootstrap().rsplit(':').next().unwrap().parse().unwrap();
        settings.port = Some(port);
        let world = World::at(setup, &Place { prefix: Some("invoices".to_owned()), ..Place::on(broker.bootstrap()) });
        let mut site = Self { world, broker, settings, dir, _alone: alone };
        site.equip();
        site.start_services(&Stage::ALL);
        site.wait_ready();
        site
    }

    /// Carries out a section of a runbook; every command must succeed.
    pub(crate) fn follow(&mut self, runbook: &str, section: &str) {
        for command in runbook::section(runbook, section) {
            let done = self.sh(&command);
            assert!(done.status.success(), "`{command}` failed: {}", said(&done));
            println!("{runbook}: $ {command}\n{}", said(&done).trim_end());
        }
    }

    /// Carries out one command line.
    pub(crate) fn sh(&mut self, command: &str) -> Output {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words[..] {
            ["systemctl", verb, ref units @ ..] => {
                units.iter().for_each(|unit| self.systemctl(verb, unit));
                self.shell(":")
            }
            ["export", assignment] => {
                let (name, value) = assignment.split_once('=').unwrap();
                let evaluated = self.shell(&format!("printf %s {value}"));
                self.world.set(name, &String::from_utf8_lossy(&evaluated.stdout));
                evaluated
            }
            _ => self.shell(command),
        }
    }

    /// The broker is gone at once, as when its machine fails.
    pub(crate) fn crash_broker(&mut self) {
        self.broker.kill().unwrap();
    }

    /// Sets a variable of the runbooks.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.world.set(name, value);
    }

    /// A list of these samples for `invoicectl submit --file`, in `$LIST`.
    pub(crate) fn list(&mut self, numbers: impl IntoIterator<Item = u32>) {
        let path = self.dir.path().join("list");
        let urls: Vec<String> = numbers.into_iter().map(|number| self.url(number) + "\n").collect();
        fs::write(&path, urls.concat()).unwrap();
        self.set("LIST", path.to_str().unwrap());
    }

    pub(crate) async fn submit(&self, numbers: impl IntoIterator<Item = u32>) -> HashSet<InvoiceId> {
        let publisher = self.world.publisher();
        let mut ids = HashSet::new();
        for number in numbers {
            ids.insert(self.world.submit(&publisher, self.url(number), None).await);
        }
        ids
    }

    pub(crate) async fn wait_posted(&self, ids: &HashSet<InvoiceId>) {
        self.world.wait_status(ids, SOON, |status| status.state == State::Posted).await;
    }

    /// Waits until the stage's service has said the code in its log, and has ended if it is `ended`.
    pub(crate) fn wait_code(&mut self, stage: Stage, code: &Code, ended: bool) {
        let process = self.world.service(stage).process();
        let log = process.log().to_path_buf();
        let said = || fs::read_to_string(&log).unwrap_or_default().contains(code.as_str()).then_some(());
        process.until(code.as_str(), SOON, said).unwrap();
        if ended {
            let status = process.wait(SOON).unwrap().unwrap_or_else(|| panic!("{stage} goes on"));
            assert_eq!(status.code(), Some(1), "{stage}");
        } else {
            assert!(process.exited().is_none(), "{stage} waits");
        }
    }

    /// Starts the services again, as a supervisor would, without waiting until they are ready.
    pub(crate) fn start_services(&mut self, stages: &[Stage]) {
        for stage in stages {
            for mut service in self.world.replicas(*stage).drain(..) {
                // The log is appended to; what the old process said must not be taken for the new one's word.
                fs::remove_file(service.process().log()).unwrap();
            }
            self.world.add(*stage, stage.as_str());
        }
    }

    pub(crate) fn wait_ready(&mut self) {
        for stage in Stage::ALL {
            self.world.service(stage).wait_ready();
        }
    }

    /// Every invoice has exactly one bill.
    pub(crate) fn assert_one_bill_each(&self, ids: &HashSet<InvoiceId>) {
        let mut billed: Vec<String> = self
            .world
            .sandbox
            .bills()
            .iter()
            .map(|bill| bill["reference_number"].as_str().unwrap().to_owned())
            .collect();
        let mut wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        billed.sort();
        wanted.sort();
        assert_eq!(billed, wanted);
    }

    fn url(&self, number: u32) -> String {
        self.world.sandbox.pdf(&format!("numbered/{number}"))
    }

    fn systemctl(&mut self, verb: &str, unit: &str) {
        let stage = Stage::ALL.into_iter().find(|stage| stage.as_str() == unit);
        match (verb, stage) {
            ("stop", Some(stage)) => {
                for service in self.world.replicas(stage) {
                    service.stop();
                }
            }
            ("start", Some(stage)) => {
                self.start_services(&[stage]);
                self.world.service(stage).wait_ready();
            }
            ("stop", None) if unit == "kafka" => self.broker.stop().unwrap(),
            ("start", None) if unit == "kafka" => self.broker = Broker::start(&self.settings).unwrap(),
            _ => panic!("no such unit: systemctl {verb} {unit}"),
        }
    }

    fn shell(&self, command: &str) -> Output {
        let path = format!("{}:{}", self.bin().display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).envs(self.world.env().iter().cloned()).env("PATH", path);
        shell.output().unwrap()
    }

    /// What an operator has: the command line, Kafka's tools, and where the data lie.
    fn equip(&mut self) {
        let bin = self.bin();
        fs::create_dir(&bin).unwrap();
        symlink(layout::binary("invoicectl").unwrap(), bin.join("invoicectl")).unwrap();
        for (name, class) in TOOLS {
            let tool = kafka::tool(class).unwrap();
            let words = std::iter::once(tool.get_program()).chain(tool.get_args());
            let words: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
            fs::write(bin.join(name), format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let (data, backup) = (self.settings.dir.join("data"), self.dir.path().join("backup.tar"));
        self.set("KAFKA", &self.broker.bootstrap());
        self.set("KAFKA_DATA", data.to_str().unwrap());
        self.set("BACKUP", backup.to_str().unwrap());
    }

    fn bin(&self) -> PathBuf {
        self.dir.path().join("bin")
    }
}

/// What a command wrote.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
