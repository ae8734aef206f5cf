//! Tests of the fairness and the bounds of the queue. The schedule runs in simulated time.

use super::*;

const LONG: Duration = Duration::from_mins(1);

/// Returns the lane of one source address.
fn lane_of_source(number: u32) -> Lane {
    Lane::of_client_network(&format!("192.0.2.{number}"))
}

/// Simulates a schedule with two hash slots in milliseconds. Each hash takes 50 ms.
struct Simulation {
    schedule: Schedule,
    now: u64,
    /// The end times of the running hashes.
    running: Vec<u64>,
    arrived: HashMap<RequestNumber, u64>,
    /// The waiting time of each request whose hash was started.
    waits: HashMap<RequestNumber, u64>,
}

impl Simulation {
    /// Starts a simulation at time 0 without requests.
    fn new() -> Self {
        Self {
            schedule: Schedule::new(2, 16, 64),
            now: 0,
            running: Vec::new(),
            arrived: HashMap::new(),
            waits: HashMap::new(),
        }
    }

    /// Adds a request, and starts its hash if a slot is free.
    fn add_request(&mut self, lane: &Lane) -> Result<AddedRequest, Busy> {
        let added = self.schedule.add_request(lane, 1)?;
        self.arrived.insert(added.number, self.now);
        self.start_next_hashes();
        Ok(added)
    }

    /// Starts the hashes of waiting requests while slots are free.
    fn start_next_hashes(&mut self) {
        while let Some(next) = self.schedule.take_next_request() {
            let waited = self.now - self.arrived[&next.number];
            self.waits.insert(next.number, waited);
            self.running.push(self.now + 50);
        }
    }

    /// Advances the simulated time by one millisecond, and releases the slots of hashes that have ended.
    fn advance_one_millisecond(&mut self) {
        self.now += 1;
        let before = self.running.len();
        self.running.retain(|end| *end > self.now);
        for _ in self.running.len()..before {
            self.schedule.release_slots(1);
        }
        self.start_next_hashes();
    }
}

#[test]
fn flood_of_one_source_delays_another_source_by_one_hash() {
    let mut simulation = Simulation::new();
    let (flood, user) = (lane_of_source(1), lane_of_source(2));
    let mut attempts = Vec::new();
    let mut refused = 0;
    for millisecond in 0..10_000 {
        // 5,000 requests a second, where 40 can be served.
        for _ in 0..5 {
            refused += u32::from(simulation.add_request(&flood).is_err());
        }
        if millisecond % 70 == 0 {
            let added = simulation.add_request(&user).expect("queue has room");
            attempts.push(added.number);
        }
        simulation.advance_one_millisecond();
    }
    assert!(refused > 45_000, "{refused}");
    let longest = attempts
        .iter()
        .filter_map(|number| simulation.waits.get(number))
        .max();
    assert!(longest.is_some_and(|wait| *wait <= 50), "{longest:?}");
    assert!(simulation.waits.len() > 390, "all slots are used");
}

#[test]
fn all_networks_of_one_ipv6_site_share_a_lane() {
    let lane = |network: &str| Lane::of_client_network(network);
    assert_eq!(lane("2001:db8:1:2::/64"), lane("2001:db8:1:3::/64"));
    assert_ne!(lane("2001:db8:1:2::/64"), lane("2001:db8:2:2::/64"));
    let mut simulation = Simulation::new();
    for number in 0..5_000 {
        // New networks of one site send 1,000 requests a second, where 40 can be served.
        let _ = simulation.add_request(&lane(&format!("2001:db8:1:{number:x}::/64")));
        if number % 100 == 0 {
            let user = simulation.add_request(&lane_of_source(1));
            let user = user.expect("queue has room");
            for _ in 0..50 {
                simulation.advance_one_millisecond();
            }
            assert!(simulation.waits.contains_key(&user.number));
        }
        simulation.advance_one_millisecond();
    }
}

#[test]
fn sources_get_hash_slots_in_rotation() {
    let mut schedule = Schedule::new(0, 16, 64);
    let mut sources = HashMap::new();
    for (source, requests) in [(1, 5), (2, 1), (3, 2)] {
        for _ in 0..requests {
            let added = schedule
                .add_request(&lane_of_source(source), 1)
                .expect("queue has room");
            sources.insert(added.number, source);
        }
    }
    let mut order = Vec::new();
    schedule.release_slots(8);
    while let Some(next) = schedule.take_next_request() {
        order.push(sources[&next.number]);
    }
    assert_eq!(order, [1, 2, 3, 1, 3, 1, 1, 1]);
    assert!(schedule.lanes.is_empty() && schedule.order.is_empty());
    assert_eq!((schedule.waiting, schedule.free_slots), (0, 0));
}

#[test]
fn full_queue_refuses_the_source_with_the_most_requests() {
    let mut schedule = Schedule::new(0, 16, 20);
    for _ in 0..16 {
        schedule
            .add_request(&lane_of_source(1), 1)
            .expect("queue has room");
    }
    assert_eq!(
        schedule.add_request(&lane_of_source(1), 1),
        Err(Busy),
        "its lane is full"
    );
    for source in 2..=5 {
        let added = schedule
            .add_request(&lane_of_source(source), 1)
            .expect("queue has room");
        assert_eq!(added.evicted, None);
    }
    // The queue is full. The longest lane loses its last request, until no lane is longer.
    for (number, evicted) in (6..=20).zip((2..=16).rev()) {
        let added = schedule
            .add_request(&lane_of_source(number), 1)
            .expect("queue has room");
        assert_eq!(added.evicted, Some(evicted));
        assert_eq!(schedule.waiting, 20);
    }
    assert_eq!(
        schedule.add_request(&lane_of_source(1), 1),
        Err(Busy),
        "no lane is longer"
    );
    assert_eq!(
        schedule.add_request(&lane_of_source(9), 1),
        Err(Busy),
        "no lane is longer"
    );
    // A source with nothing waiting takes the place of the latest request.
    assert!(
        schedule
            .add_request(&lane_of_source(21), 1)
            .is_ok_and(|added| added.evicted.is_some())
    );
}

#[test]
fn request_for_several_hash_slots_is_not_overtaken() {
    let mut schedule = Schedule::new(1, 16, 64);
    let mut add_request = |source, slots| {
        let added = schedule.add_request(&lane_of_source(source), slots);
        let number = added.expect("queue has room").number;
        WaitingRequest { number, slots }
    };
    let (heavy, light) = (add_request(1, 2), add_request(2, 1));
    assert_eq!(schedule.take_next_request(), None);
    schedule.release_slots(1);
    assert_eq!(schedule.take_next_request(), Some(heavy));
    assert_eq!(schedule.take_next_request(), None);
    schedule.release_slots(2);
    assert_eq!(schedule.take_next_request(), Some(light));
}

#[tokio::test(start_paused = true)]
async fn request_waits_at_most_the_configured_time() {
    let queue = Queue::new(1, Duration::from_secs(2));
    let slots = queue
        .acquire_hash_slots(&lane_of_source(1), 1)
        .await
        .expect("hash slot is free");
    let began = time::Instant::now();
    assert_eq!(
        queue.acquire_hash_slots(&lane_of_source(2), 1).await.err(),
        Some(Busy)
    );
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    drop(slots);
    assert!(
        queue
            .acquire_hash_slots(&lane_of_source(2), 1)
            .await
            .is_ok()
    );
    assert_eq!(queue.0.lock_queue_state().schedule.waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn aborted_request_leaves_the_queue_and_releases_its_hash_slot() {
    let queue = Queue::new(1, LONG);
    let slots = queue
        .acquire_hash_slots(&lane_of_source(1), 1)
        .await
        .expect("hash slot is free");
    let other = lane_of_source(2);
    for _ in 0..100 {
        let waiting = queue.acquire_hash_slots(&other, 1);
        assert!(
            time::timeout(Duration::from_millis(1), waiting)
                .await
                .is_err()
        );
    }
    assert_eq!(queue.0.lock_queue_state().schedule.waiting, 0);
    assert!(queue.0.lock_queue_state().waiting.is_empty());
    // A slot that was assigned to a request which never reads it is free again.
    let mut waiting = Box::pin(queue.acquire_hash_slots(&other, 1));
    assert!(
        time::timeout(Duration::from_millis(1), &mut waiting)
            .await
            .is_err()
    );
    drop(slots);
    drop(waiting);
    assert_eq!(queue.0.lock_queue_state().schedule.free_slots, 1);
    assert!(
        queue
            .acquire_hash_slots(&lane_of_source(3), 1)
            .await
            .is_ok()
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_request_frees_its_request_slot() {
    use std::sync::atomic::{AtomicBool, Ordering};

    use crate::security::request_slot::with_request_slot;

    struct Slot(Arc<AtomicBool>);
    impl Drop for Slot {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    let queue = Queue::new(1, LONG);
    let freed = Arc::new(AtomicBool::new(false));
    let slots = with_request_slot(Slot(Arc::clone(&freed)), async {
        let slots = queue
            .acquire_hash_slots(&lane_of_source(1), 1)
            .await
            .expect("hash slot is free");
        assert!(!freed.load(Ordering::SeqCst), "the request did not wait");
        slots
    })
    .await;
    freed.store(false, Ordering::SeqCst);
    let other = lane_of_source(2);
    let waiting = with_request_slot(
        Slot(Arc::clone(&freed)),
        queue.acquire_hash_slots(&other, 1),
    );
    let mut waiting = Box::pin(waiting);
    assert!(
        time::timeout(Duration::from_millis(1), &mut waiting)
            .await
            .is_err()
    );
    assert!(freed.load(Ordering::SeqCst), "the request waits");
    drop(slots);
    assert!(waiting.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn request_that_is_evicted_before_it_waits_is_refused() {
    let queue = Queue::new(1, LONG);
    let slots = queue
        .acquire_hash_slots(&lane_of_source(1), 1)
        .await
        .expect("hash slot is free");
    let mut waiting: Vec<_> = (0..Queue::QUEUE_REQUESTS_PER_SLOT)
        .map(|number| lane_of_source(2 + u32::try_from(number / 4).expect("number fits the type")))
        .map(|lane| {
            queue
                .add_request_to_queue(&lane, 1)
                .expect("queue has room")
        })
        .collect();
    let newcomer = queue.add_request_to_queue(&lane_of_source(99), 1);
    let (_place, evicted) = waiting.pop().expect("queue has a last request");
    assert_eq!(queue.wait_for_hash_slots(evicted).await.err(), Some(Busy));
    drop((slots, waiting));
    let (_place, first) = newcomer.expect("queue has room");
    assert!(queue.wait_for_hash_slots(first).await.is_ok());
}
