//! The promises about Zoho's books, with figures: minutes each, on the real broker, with the real binaries, against the
//! sandbox's Zoho Books. `make books` runs them one after another and prints what was measured.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

/// A replica dies or is suspended between its look and its post.
mod between;
/// What a bill costs when nothing goes wrong.
mod economy;
/// A hundred calls a minute, shared by three replicas.
mod limit;
/// Every way in which Zoho fails.
mod mixture;
/// A thousand invoices through all of them.
mod thousand;

use contract::Stage;
use testkit::World;
use testkit::world::Setup;

/// Of post-to-zoho.
const REPLICAS: usize = 3;

/// A pipeline without its last stage.
fn up_to_posting(setup: &Setup) -> World {
    let mut world = World::new(setup);
    for stage in [Stage::FetchExtract, Stage::LlmStructure] {
        world.add(stage, stage.as_str());
        world.service(stage).wait_ready();
    }
    world
}

/// Starts that many replicas of the last stage.
fn add_posting(world: &mut World, replicas: usize) {
    (0..replicas).for_each(|_| world.add(Stage::PostToZoho, "post-to-zoho"));
    world.replicas(Stage::PostToZoho).iter_mut().for_each(testkit::Service::wait_ready);
}
