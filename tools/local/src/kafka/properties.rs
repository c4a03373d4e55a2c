//! The broker's settings: one KRaft node that is broker and controller, on 127.0.0.1 only.

use std::path::Path;

use super::security::Security;

/// The two ports of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) broker: u16,
    pub(crate) controller: u16,
}

/// `server.properties` for a node that keeps its data in `data`; `extra` lines win over ours.
pub(crate) fn properties(
    ports: Ports,
    advertised: u16,
    data: &Path,
    security: Option<&Security>,
    extra: &[(String, String)],
) -> String {
    let Ports { broker, controller } = ports;
    let (clients, inside) =
        if security.is_some() { ("SASL_SSL", "SASL_PLAINTEXT") } else { ("PLAINTEXT", "PLAINTEXT") };
    let mut text = format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners={clients}://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners={clients}://127.0.0.1:{advertised}\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:{inside},{clients}:{clients}\n\
         inter.broker.listener.name={clients}\n\
         log.dirs={}\n",
        data.display()
    );
    text.push_str(FIXED);
    let security = security.map(|security| security.properties(data.parent().unwrap_or(data))).unwrap_or_default();
    for (name, value) in security.iter().chain(extra) {
        text.push_str(&format!("{name}={value}\n"));
    }
    text
}

const FIXED: &str = "\
# One node holds every replica.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
default.replication.factor=1
min.insync.replicas=1
# Few partitions and threads: a laptop, not a cluster.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=1
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=33554432
# A mistyped topic must fail, as it would in production.
auto.create.topics.enable=false
# What the product asks of brokers that it configures, and what its crash bounds rest on.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=6000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=1500
group.consumer.heartbeat.interval.ms=1500
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
# A node that comes back after a crash is let in when its former self has timed out.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
";
