//! Tests of the fairness and the bounds of the queue. The schedule runs in simulated time.

use super::*;

const LONG: Duration = Duration::from_mins(1);

/// Returns the lane of one source address.
fn lane_of_source(number: u32) -> Lane {
    Lane::of_client_network(&format!("192.0.2.{number}"))
}

/// Simulates a schedule with two turns in milliseconds. Each hash takes 50 ms.
struct Simulation {
    schedule: Schedule,
    now: u64,
    /// The end times of the running hashes.
    running: Vec<u64>,
    arrived: HashMap<Ticket, u64>,
    /// The waiting time of each request that got its turn.
    waits: HashMap<Ticket, u64>,
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

    /// Adds a request, and starts its hash if a turn is free.
    fn admit_request(&mut self, lane: &Lane) -> Result<Arrival, Busy> {
        let arrival = self.schedule.admit_request(lane, 1)?;
        self.arrived.insert(arrival.ticket, self.now);
        self.start_next_hashes();
        Ok(arrival)
    }

    /// Starts the hashes of waiting requests while turns are free.
    fn start_next_hashes(&mut self) {
        while let Some((ticket, _)) = self.schedule.take_next_request() {
            self.waits.insert(ticket, self.now - self.arrived[&ticket]);
            self.running.push(self.now + 50);
        }
    }

    /// Advances the simulated time by one millisecond, and frees the turns of hashes that have ended.
    fn advance_one_millisecond(&mut self) {
        self.now += 1;
        let before = self.running.len();
        self.running.retain(|end| *end > self.now);
        for _ in self.running.len()..before {
            self.schedule.free_turns(1);
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
            refused += u32::from(simulation.admit_request(&flood).is_err());
        }
        if millisecond % 70 == 0 {
            let arrival = simulation.admit_request(&user).expect("never refused");
            attempts.push(arrival.ticket);
        }
        simulation.advance_one_millisecond();
    }
    assert!(refused > 45_000, "{refused}");
    let longest = attempts
        .iter()
        .filter_map(|ticket| simulation.waits.get(ticket))
        .max();
    assert!(longest.is_some_and(|wait| *wait <= 50), "{longest:?}");
    assert!(simulation.waits.len() > 390, "all turns are used");
}

#[test]
fn sources_get_hashing_turns_in_rotation() {
    let mut schedule = Schedule::new(0, 16, 64);
    let mut sources = HashMap::new();
    for (source, requests) in [(1, 5), (2, 1), (3, 2)] {
        for _ in 0..requests {
            let arrival = schedule
                .admit_request(&lane_of_source(source), 1)
                .expect("room");
            sources.insert(arrival.ticket, source);
        }
    }
    let mut order = Vec::new();
    schedule.free_turns(8);
    while let Some((ticket, _)) = schedule.take_next_request() {
        order.push(sources[&ticket]);
    }
    assert_eq!(order, [1, 2, 3, 1, 3, 1, 1, 1]);
    assert!(schedule.lanes.is_empty() && schedule.order.is_empty());
    assert_eq!((schedule.waiting, schedule.free), (0, 0));
}

#[test]
fn full_queue_refuses_the_source_with_the_most_requests() {
    let mut schedule = Schedule::new(0, 16, 20);
    for _ in 0..16 {
        schedule.admit_request(&lane_of_source(1), 1).expect("room");
    }
    assert_eq!(
        schedule.admit_request(&lane_of_source(1), 1),
        Err(Busy),
        "its lane is full"
    );
    for source in 2..=5 {
        let arrival = schedule
            .admit_request(&lane_of_source(source), 1)
            .expect("room");
        assert_eq!(arrival.evicted, None);
    }
    // The queue is full. The longest lane loses its last request, until no lane is longer.
    for (number, evicted) in (6..=20).zip((2..=16).rev()) {
        let arrival = schedule
            .admit_request(&lane_of_source(number), 1)
            .expect("a place");
        assert_eq!(arrival.evicted, Some(evicted));
        assert_eq!(schedule.waiting, 20);
    }
    assert_eq!(
        schedule.admit_request(&lane_of_source(1), 1),
        Err(Busy),
        "no lane is longer"
    );
    assert_eq!(
        schedule.admit_request(&lane_of_source(9), 1),
        Err(Busy),
        "no lane is longer"
    );
    // A source with nothing waiting takes the place of the latest request.
    assert!(
        schedule
            .admit_request(&lane_of_source(21), 1)
            .is_ok_and(|arrival| arrival.evicted.is_some())
    );
}

#[test]
fn request_for_several_turns_is_not_overtaken() {
    let mut schedule = Schedule::new(1, 16, 64);
    let heavy = schedule
        .admit_request(&lane_of_source(1), 2)
        .expect("room")
        .ticket;
    let light = schedule
        .admit_request(&lane_of_source(2), 1)
        .expect("room")
        .ticket;
    assert_eq!(schedule.take_next_request(), None);
    schedule.free_turns(1);
    assert_eq!(schedule.take_next_request(), Some((heavy, 2)));
    assert_eq!(schedule.take_next_request(), None);
    schedule.free_turns(2);
    assert_eq!(schedule.take_next_request(), Some((light, 1)));
}

#[tokio::test(start_paused = true)]
async fn request_waits_at_most_the_configured_time() {
    let queue = Queue::new(1, Duration::from_secs(2));
    let turn = queue
        .acquire_turns(&lane_of_source(1), 1)
        .await
        .expect("free");
    let began = time::Instant::now();
    assert_eq!(
        queue.acquire_turns(&lane_of_source(2), 1).await.err(),
        Some(Busy)
    );
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    drop(turn);
    assert!(queue.acquire_turns(&lane_of_source(2), 1).await.is_ok());
    assert_eq!(queue.0.lock_state().schedule.waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn aborted_request_leaves_the_queue_and_frees_its_turn() {
    let queue = Queue::new(1, LONG);
    let turn = queue
        .acquire_turns(&lane_of_source(1), 1)
        .await
        .expect("free");
    let other = lane_of_source(2);
    for _ in 0..100 {
        let waiting = queue.acquire_turns(&other, 1);
        assert!(
            time::timeout(Duration::from_millis(1), waiting)
                .await
                .is_err()
        );
    }
    assert_eq!(queue.0.lock_state().schedule.waiting, 0);
    assert!(queue.0.lock_state().waiting.is_empty());
    // A turn that was given to a request which never reads it is free again.
    let mut waiting = Box::pin(queue.acquire_turns(&other, 1));
    assert!(
        time::timeout(Duration::from_millis(1), &mut waiting)
            .await
            .is_err()
    );
    drop(turn);
    drop(waiting);
    assert_eq!(queue.0.lock_state().schedule.free, 1);
    assert!(queue.acquire_turns(&lane_of_source(3), 1).await.is_ok());
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
    let turn = with_request_slot(Slot(Arc::clone(&freed)), async {
        let turn = queue
            .acquire_turns(&lane_of_source(1), 1)
            .await
            .expect("free");
        assert!(!freed.load(Ordering::SeqCst), "it did not wait");
        turn
    })
    .await;
    freed.store(false, Ordering::SeqCst);
    let other = lane_of_source(2);
    let waiting = with_request_slot(Slot(Arc::clone(&freed)), queue.acquire_turns(&other, 1));
    let mut waiting = Box::pin(waiting);
    assert!(
        time::timeout(Duration::from_millis(1), &mut waiting)
            .await
            .is_err()
    );
    assert!(freed.load(Ordering::SeqCst), "it waits");
    drop(turn);
    assert!(waiting.await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn request_that_is_evicted_before_it_waits_is_refused() {
    let queue = Queue::new(1, LONG);
    let turn = queue
        .acquire_turns(&lane_of_source(1), 1)
        .await
        .expect("free");
    let mut waiting: Vec<_> = (0..Queue::QUEUE_REQUESTS_PER_TURN)
        .map(|number| lane_of_source(2 + u32::try_from(number / 4).expect("a few")))
        .map(|lane| {
            queue
                .add_request_to_lane(&lane, 1)
                .expect("place in the queue")
        })
        .collect();
    let newcomer = queue.add_request_to_lane(&lane_of_source(99), 1);
    let (_place, evicted) = waiting.pop().expect("last request of a longest lane");
    assert_eq!(queue.receive_turn(evicted).await.err(), Some(Busy));
    drop((turn, waiting));
    let (_place, first) = newcomer.expect("place in the queue");
    assert!(queue.receive_turn(first).await.is_ok());
}
