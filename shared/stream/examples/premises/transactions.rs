//! Premise: one producer commits enough transactions per second for every stage.
//!
//! Each transaction here is what a settle costs at least: an output, a state, an event, and two groups' offsets.

use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::producer::{FutureProducer, Producer};

use crate::lab::{Lab, PATIENCE, Result, await_all, offsets, send};
use crate::report::{Report, Spread};

const FOR: Duration = Duration::from_secs(8);
/// Below this a stage could not keep up with its slowest peer, at 50 ms of group commit.
const ENOUGH_PER_SECOND: f64 = 20.0;

pub(crate) fn check(lab: &Lab, report: &mut Report) -> Result {
    let outputs = [lab.topic("next", 12)?, lab.topic("status", 12)?, lab.topic("history", 12)?];
    let inputs = [lab.topic("main", 12)?, lab.topic("retry", 12)?];
    let groups = [lab.memberless(&lab.name("main"))?, lab.memberless(&lab.name("retry"))?];
    for (linger, backoff) in [("5", "100"), ("0", "100"), ("0", "20"), ("0", "5"), ("0", "2"), ("5", "2")] {
        let mut config = lab.transactional(&lab.name("stage"));
        let producer: FutureProducer = config.set("linger.ms", linger).set("retry.backoff.ms", backoff).create()?;
        producer.init_transactions(PATIENCE)?;
        let settling = Settling { producer, outputs: &outputs, inputs: &inputs, groups: &groups };
        let (per_second, spread) = settling.run()?;
        let figure = format!("{per_second:.0} per second, {spread}");
        let setting = format!("linger.ms={linger} retry.backoff.ms={backoff}");
        // The defaults are measured to show what they cost; the engine's own setting must be enough.
        if (linger, backoff) == ("0", "5") {
            report.claim(per_second >= ENOUGH_PER_SECOND, &setting, figure);
        } else {
            report.measured(&setting, figure);
        }
    }
    Ok(())
}

struct Settling<'a> {
    producer: FutureProducer,
    outputs: &'a [String; 3],
    inputs: &'a [String; 2],
    groups: &'a [ConsumerGroupMetadata; 2],
}

impl Settling<'_> {
    fn run(&self) -> Result<(f64, Spread)> {
        let start = Instant::now();
        let mut times = Vec::new();
        for offset in 1.. {
            let began = Instant::now();
            self.settle(offset)?;
            times.push(began.elapsed());
            if start.elapsed() > FOR {
                break;
            }
        }
        Ok((times.len() as f64 / start.elapsed().as_secs_f64(), Spread::of(times)))
    }

    fn settle(&self, offset: i64) -> Result {
        let partition = (offset % 12) as i32;
        self.producer.begin_transaction()?;
        let value = "x".repeat(300);
        let sent: Result<Vec<_>> =
            self.outputs.iter().map(|output| send(&self.producer, output, partition, &value)).collect();
        await_all(sent?)?;
        for (input, group) in self.inputs.iter().zip(self.groups) {
            let positions = offsets(input, &[(partition, offset)], &"m".repeat(200));
            self.producer.send_offsets_to_transaction(&positions, group, PATIENCE)?;
        }
        Ok(self.producer.commit_transaction(PATIENCE)?)
    }
}
