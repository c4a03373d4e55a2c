//! One pipeline of its own: topics, sandbox, services.

use crate::{Logins, Sandbox, Service, broker};
use contract::{Coordinates, InvoiceId, Request, Stage, State, Status, Topics, partition};
use local::layout;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use stream::client::ClientSettings;
use stream::publish::Publisher;
use stream::read::{self, Record, Start};
use stream::topics::Role;
use tempfile::TempDir;

/// A pipeline under test.
#[derive(Debug)]
pub struct World {
    // Dropped in this order: services before what they talk to.
    services: HashMap<Stage, Vec<Service>>,
    pub sandbox: Sandbox,
    pub topics: Topics,
    pub kafka: ClientSettings,
    env: Vec<(String, String)>,
    logins: Option<Logins>,
    run: PathBuf,
    _temporary: Option<TempDir>,
}

/// Where a pipeline runs.
#[derive(Debug, Clone)]
pub struct Place {
    /// The brokers, for the test and for `invoicectl`.
    pub brokers: String,
    /// The brokers as the services see them: a proxy in front, or the same.
    pub brokers_of_services: String,
    /// What the topics' names begin with; one that no other pipeline has if `None`.
    pub prefix: Option<String>,
    /// The users of a cluster that asks who is there.
    pub logins: Option<Logins>,
    /// Takes the logs; a folder that goes with the pipeline if `None`.
    pub run: Option<PathBuf>,
}

impl Place {
    /// These brokers, and nothing else that is special.
    #[must_use]
    pub fn on(brokers: String) -> Self {
        Self { brokers_of_services: brokers.clone(), brokers, prefix: None, logins: None, run: None }
    }

    /// A cluster that asks who is there.
    #[must_use]
    pub fn secured(logins: Logins) -> Self {
        Self { logins: Some(logins.clone()), ..Self::on(logins.brokers) }
    }
}

/// How a pipeline is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    pub partitions: u32,
    /// Retry waits and the breaker's intervals are multiplied by it.
    pub time_scale: f64,
    /// Further settings, as `INVOICES__…` variables.
    pub env: Vec<(&'static str, String)>,
    /// Arguments of the sandbox.
    pub sandbox: Vec<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { partitions: 4, time_scale: 0.05, env: Vec::new(), sandbox: Vec::new() }
    }
}

static WORLDS: AtomicU32 = AtomicU32::new(0);

impl World {
    /// Topics and sandbox on the shared broker, no services yet.
    ///
    /// # Panics
    /// When something does not start.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self::at(setup, &Place::on(broker()))
    }

    /// As [`World::new`], at a place of the test's own.
    ///
    /// # Panics
    /// When something does not start.
    #[must_use]
    pub fn at(setup: &Setup, place: &Place) -> Self {
        let temporary = place.run.is_none().then(|| TempDir::new().expect("a folder for the run can be made"));
        let run = temporary.as_ref().map(|dir| dir.path().to_owned()).or_else(|| place.run.clone()).unwrap_or_default();
        let sandbox = Sandbox::start(&run, &setup.sandbox);
        let own = || format!("t{}-{}", std::process::id() % 10_000, WORLDS.fetch_add(1, Ordering::Relaxed));
        let prefix = place.prefix.clone().unwrap_or_else(own);
        let logins = place.logins.clone();
        let kafka = logins.as_ref().map_or_else(
            || ClientSettings { brokers: place.brokers.clone(), properties: BTreeMap::new() },
            |logins| logins.client(Role::Operator),
        );
        let mut env: Vec<(String, String)> = [
            ("INVOICES__KAFKA__BROKERS", place.brokers_of_services.clone()),
            ("INVOICES__TOPICS__PREFIX", prefix.clone()),
            ("INVOICES__TOPICS__PARTITIONS", setup.partitions.to_string()),
            ("INVOICES__ADMIN__LISTEN", "127.0.0.1:0".to_owned()),
            ("INVOICES__LOG__LEVEL", "info,stream=debug".to_owned()),
            ("INVOICES__ENGINE__TIME_SCALE", setup.time_scale.to_string()),
            ("INVOICES__DOCUMENTS__LOCATION", run.join("documents").display().to_string()),
            ("INVOICES__FETCH__ALLOW_HTTP", "true".to_owned()),
            ("INVOICES__FETCH__ALLOW_PRIVATE_ADDRESSES", "true".to_owned()),
            ("INVOICES__LLM__BASE_URL", sandbox.url().to_owned()),
            ("INVOICES__LLM__API_KEY", "sandbox".to_owned()),
            ("INVOICES__ZOHO__ACCOUNTS_URL", sandbox.url().to_owned()),
            ("INVOICES__ZOHO__API_URL", sandbox.url().to_owned()),
            ("INVOICES__ZOHO__ORGANIZATION_ID", "10234695".to_owned()),
            ("INVOICES__ZOHO__CLIENT_ID", "sandbox".to_owned()),
            ("INVOICES__ZOHO__CLIENT_SECRET", "sandbox".to_owned()),
            ("INVOICES__ZOHO__REFRESH_TOKEN", "sandbox".to_owned()),
            ("INVOICES__ZOHO__CALLS_PER_MINUTE", "0".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        env.extend(setup.env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let topics = Topics::new(prefix);
        let world = Self { services: HashMap::new(), sandbox, topics, kafka, env, logins, run, _temporary: temporary };
        let applied = world.invoicectl(&["topics", "apply"]);
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        world
    }

    /// The whole pipeline with one replica of each service, ready.
    #[must_use]
    pub fn start(setup: &Setup) -> Self {
        let mut world = Self::new(setup);
        world.add_all();
        world
    }

    /// One replica of each service; returns when all are ready.
    pub fn add_all(&mut self) {
        for stage in Stage::ALL {
            self.add(stage, stage.as_str());
        }
        for stage in Stage::ALL {
            self.service(stage).wait_ready();
        }
    }

    /// The settings of every process that is started from now on, as environment variables.
    #[must_use]
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }

    /// Changes a setting of every process that is started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Starts another replica of the stage's service, from `binary`.
    pub fn add(&mut self, stage: Stage, binary: &str) {
        let env = self.env_of(Role::Stage(stage));
        let replicas = self.services.entry(stage).or_default();
        replicas.push(Service::start(binary, &format!("r{}", replicas.len()), &env, &self.run));
    }

    /// As [`Self::add`], with further settings that win over the pipeline's.
    pub fn add_with(&mut self, stage: Stage, env: &[(&str, String)]) {
        let mut all = self.env_of(Role::Stage(stage));
        all.extend(env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let replicas = self.services.entry(stage).or_default();
        replicas.push(Service::start(stage.as_str(), &format!("r{}", replicas.len()), &all, &self.run));
    }

    /// The first replica of the stage's service.
    ///
    /// # Panics
    /// When there is none.
    pub fn service(&mut self, stage: Stage) -> &mut Service {
        self.replicas(stage).first_mut().expect("the stage has a replica")
    }

    pub fn replicas(&mut self, stage: Stage) -> &mut Vec<Service> {
        self.services.entry(stage).or_default()
    }

    /// Runs `invoicectl` with this pipeline's settings.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn invoicectl(&self, args: &[&str]) -> std::process::Output {
        self.invoicectl_command(args).output().expect("invoicectl starts")
    }

    /// `invoicectl` with this pipeline's settings, not started yet.
    ///
    /// # Panics
    /// When it is not built.
    #[must_use]
    pub fn invoicectl_command(&self, args: &[&str]) -> Command {
        self.invoicectl_as(Role::Operator, args)
    }

    /// As [`Self::invoicectl_command`], for another user on a cluster that asks.
    ///
    /// # Panics
    /// When it is not built.
    #[must_use]
    pub fn invoicectl_as(&self, role: Role, args: &[&str]) -> Command {
        let mut command = Command::new(layout::binary("invoicectl").expect("invoicectl is built"));
        command.envs(self.env_of(role)).env("INVOICES__KAFKA__BROKERS", &self.kafka.brokers).args(args);
        command
    }

    fn env_of(&self, role: Role) -> Vec<(String, String)> {
        let login = self.logins.iter().flat_map(|logins| logins.env(role));
        self.env.iter().cloned().chain(login).collect()
    }

    /// # Panics
    /// When the cluster does not answer.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        Publisher::new(&self.kafka, self.topics.clone()).expect("a publisher can be made")
    }

    /// Submits a sample, with an id if one is given.
    ///
    /// # Panics
    /// When it cannot be published.
    pub async fn submit(&self, publisher: &Publisher, pdf_url: String, id: Option<&str>) -> InvoiceId {
        let invoice_id = id.map(|id| id.parse().expect("an invoice id"));
        publisher.request(&Request::of(pdf_url).named(invoice_id)).await.expect("the request is published")
    }

    /// Waits until every one of these invoices has ended, and returns their latest states.
    ///
    /// # Panics
    /// When one has not ended within the deadline; the message counts the states.
    pub async fn wait_ended(&self, ids: &HashSet<InvoiceId>, within: Duration) -> HashMap<InvoiceId, Status> {
        self.wait_status(ids, within, |status| status.state.is_terminal()).await
    }

    /// Waits until the status of each of these invoices is as wanted.
    ///
    /// # Panics
    /// When that does not happen within the deadline.
    pub async fn wait_status(
        &self,
        ids: &HashSet<InvoiceId>,
        within: Duration,
        wanted: impl Fn(&Status) -> bool,
    ) -> HashMap<InvoiceId, Status> {
        let topic = self.topics.status();
        let mut feed = read::follow(&self.kafka, &topic, Start::Beginning).await.expect("the status can be read");
        let mut latest: HashMap<InvoiceId, Status> = HashMap::new();
        let mut open: HashSet<InvoiceId> = ids.clone();
        let follow = async {
            while !open.is_empty() {
                let record = feed.next().await.expect("following has no end").expect("the status can be read");
                let (Some(id), Some(value)) = (record.invoice_id(), &record.value) else { continue };
                let status: Status = serde_json::from_slice(value).expect("a status is of our shape");
                let age = |status: &Status| (status.run, status.at_ms);
                // One that was moved to a new partition still stands on its old one.
                if latest.get(&id).is_some_and(|known| age(known) > age(&status)) {
                    continue;
                }
                if wanted(&status) {
                    open.remove(&id)
                } else {
                    ids.contains(&id) && open.insert(id.clone())
                };
                latest.insert(id, status);
            }
        };
        if tokio::time::timeout(within, follow).await.is_err() {
            let mut counts: HashMap<(Stage, State), usize> = HashMap::new();
            for id in &open {
                if let Some(status) = latest.get(id) {
                    *counts.entry((status.stage, status.state)).or_default() += 1;
                }
            }
            let unknown = open.iter().filter(|id| !latest.contains_key(id)).count();
            panic!(
                "{} of {} invoices are not there after {within:?}: {counts:?}, {unknown} never seen; logs in {}",
                open.len(),
                ids.len(),
                self.keep_logs()
            );
        }
        latest.retain(|id, _| ids.contains(id));
        latest
    }

    /// All committed records of a topic.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn records(&self, topic: &str) -> Vec<Record> {
        read::read_all(&self.kafka, topic).await.expect("the topic can be read")
    }

    /// All dead letters of all stages.
    pub async fn dead_letters(&self) -> Vec<Record> {
        let mut letters = Vec::new();
        for stage in Stage::ALL {
            letters.extend(self.records(&self.topics.dead_letter(stage)).await);
        }
        letters
    }

    /// Waits for the first record of a topic that is as wanted.
    ///
    /// # Panics
    /// When none comes within the deadline.
    pub async fn wait_record(&self, topic: &str, within: Duration, wanted: impl Fn(&Record) -> bool) -> Record {
        let mut feed = read::follow(&self.kafka, topic, Start::Beginning).await.expect("the topic can be read");
        let look = async {
            loop {
                let record = feed.next().await.expect("following has no end").expect("the topic can be read");
                if wanted(&record) {
                    return record;
                }
            }
        };
        match tokio::time::timeout(within, look).await {
            Ok(record) => record,
            Err(_) => panic!("no such record on {topic} within {within:?}; logs in {}", self.keep_logs()),
        }
    }

    /// The record at these coordinates.
    ///
    /// # Panics
    /// When there is none.
    pub async fn record_at(&self, at: &Coordinates) -> Record {
        read::read_one(&self.kafka, at).await.expect("the topic can be read").expect("the record is there")
    }

    /// Copies the logs to where they outlive the test, and says where.
    fn keep_logs(&self) -> String {
        let kept = layout::target().join("e2e-logs").join(self.topics.main(Stage::FetchExtract));
        std::fs::create_dir_all(&kept).ok();
        for entry in std::fs::read_dir(&self.run).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), kept.join(entry.file_name())).ok();
            }
        }
        kept.display().to_string()
    }
}

/// The `n`-th id whose records belong on the partition.
///
/// # Panics
/// Never: some salt leads there.
#[must_use]
pub fn id_on(wanted: i32, partitions: i32, n: u32) -> InvoiceId {
    let candidates = (0..).map(|salt| format!("n{n}-p{wanted}-{salt}"));
    let found = candidates.into_iter().find(|id| partition::of_key(id.as_bytes(), partitions) == wanted);
    found.expect("some salt leads there").parse().expect("it is an id")
}
