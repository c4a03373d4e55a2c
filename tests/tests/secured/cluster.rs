use local::kafka::{self, Security, User};
use local::{Broker, BrokerSettings, layout};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use stream::topics::Role;
use tempfile::TempDir;
use testkit::Logins;

/// One broker for all tests of this process.
pub(crate) struct Cluster {
    broker: Broker,
    dir: TempDir,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// Kafka's own tool for rules.
const TOOL: &str = "org.apache.kafka.tools.AclCommand";

impl Cluster {
    pub(crate) fn get() -> &'static Self {
        CLUSTER.get_or_init(|| {
            let dir = TempDir::new().unwrap();
            let users = Role::ALL.map(|role| User::new(role.as_str(), Logins::password(role)));
            let security = Security { admin: User::new("admin", "admin-hunter2"), users: users.to_vec() };
            std::fs::write(dir.path().join("admin.properties"), security.admin_client(dir.path())).unwrap();
            let settings = BrokerSettings { security: Some(security), ..BrokerSettings::new(dir.path()) };
            Self { broker: Broker::start(&settings).unwrap(), dir }
        })
    }

    pub(crate) fn logins(&self) -> Logins {
        Logins { brokers: self.broker.bootstrap(), ca: Security::ca(self.dir.path()) }
    }

    pub(crate) fn log(&self) -> &Path {
        self.broker.log()
    }

    /// Applies what `invoicectl acls` prints for the pipeline of this prefix, as far as it is wanted.
    pub(crate) fn allow(&self, prefix: &str, wanted: impl Fn(&str) -> bool) {
        let printed = self.printed(prefix);
        let commands: Vec<Vec<String>> = printed.iter().filter(|line| wanted(line)).map(|line| words(line)).collect();
        // Each is a JVM that mostly starts.
        for two in commands.chunks(2) {
            let running: Vec<_> = two.iter().map(|words| tool(words).spawn().unwrap()).collect();
            for mut child in running {
                assert!(child.wait().unwrap().success(), "{two:?}");
            }
        }
    }

    /// Removes a rule that [`Self::allow`] has applied.
    pub(crate) fn forbid(&self, prefix: &str, wanted: impl Fn(&str) -> bool) {
        for line in self.printed(prefix).iter().filter(|line| wanted(line)) {
            let line = line.replace(" --add ", " --remove --force ");
            assert!(tool(&words(&line)).status().unwrap().success(), "{line}");
        }
    }

    fn printed(&self, prefix: &str) -> Vec<String> {
        let mut command = Command::new(layout::binary("invoicectl").unwrap());
        command.args(["--brokers", &self.broker.bootstrap(), "acls", "--command-config"]).arg(self.admin_properties());
        let done = command.env("INVOICES__TOPICS__PREFIX", prefix).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    fn admin_properties(&self) -> PathBuf {
        self.dir.path().join("admin.properties")
    }
}

/// The arguments of a printed command; none of ours needs a shell's quotes.
fn words(line: &str) -> Vec<String> {
    assert!(!line.contains('\''), "{line}");
    line.split(' ').skip(1).map(str::to_owned).collect()
}

fn tool(words: &[String]) -> Command {
    let mut command = kafka::tool(TOOL).unwrap();
    command.args(words).stdout(std::process::Stdio::null());
    command
}
