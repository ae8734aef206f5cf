//! Tests of the simulator through its router, as clients use it.

mod connections;
mod controls;
mod faults;
mod foreign_pages;
mod harness;
mod magic_numbers;
mod mails;
mod messages;
mod reply;
mod schemas;
mod telnyx;
mod telnyx_requests;
mod twilio;
mod twilio_requests;
mod webhook_events;
mod webhooks;
