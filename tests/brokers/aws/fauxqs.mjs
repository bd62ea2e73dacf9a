// fauxqs.mjs HOME - SQS and SNS for tests: the emulator fauxqs that is installed in HOME,
// on 127.0.0.1, at the port that stands in the environment as FAUXQS_PORT. It listens
// nowhere else, as the emulator's own program would.
//
// SIGUSR2 ends it for the world: every connection is cut, and nobody listens; the second
// one lets it listen again, with all that it had. fauxqs keeps its messages in memory, so
// to kill it would not be what Amazon does when it cannot be reached.
//
// Where the emulator differs from what Amazon says of itself, it is put right here:
//   - a request for messages gets several of one group, not only the first
//   - messages of a group that are given back take their places again, in their order
//   - who hangs up while waiting for messages gets none
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";

const home = pathToFileURL(`${process.argv[2]}/node_modules/fauxqs/dist/`).href;
const port = Number(process.env.FAUXQS_PORT);
const { buildApp } = await import(home + "app.js");
const { SqsQueue } = await import(home + "sqs/sqsStore.js");

const asking = new AsyncLocalStorage();
const queue = SqsQueue.prototype;
const own = { change: queue.changeVisibility, timers: queue.processTimers };

// ---- order within a group

function sortGroups(self) {
  for (const messages of self.fifoMessages.values())
    messages.sort((a, b) => (a.sequenceNumber < b.sequenceNumber ? -1 : 1));
}

queue.changeVisibility = function (handle, seconds) {
  own.change.call(this, handle, seconds);
  sortGroups(this);
};

queue.processTimers = function () {
  own.timers.call(this);
  if (this.isFifo()) sortGroups(this);
};

// The emulator takes one of each group that is not locked. Here a group is taken from
// until the request is full.
queue.dequeueFifo = function (most, visibility, findQueue) {
  this.processTimers();
  const seconds = visibility ?? Number(this.attributes.VisibilityTimeout);
  const policy = JSON.parse(this.attributes.RedrivePolicy ?? "{}");
  const dead = policy.deadLetterTargetArn && findQueue(policy.deadLetterTargetArn);
  const taken = [];
  for (const [group, messages] of this.fifoMessages) {
    if (this.fifoLockedGroups.has(group)) continue;
    let locks = 0;
    while (taken.length < Math.min(most, 10) && messages.length) {
      const message = messages.shift();
      if (++message.approximateReceiveCount > policy.maxReceiveCount && dead) {
        dead.enqueue(message);
        continue;
      }
      const handle = randomUUID();
      const visibilityDeadline = Date.now() + seconds * 1000;
      this.inflightMessages.set(handle, { message, receiptHandle: handle, visibilityDeadline });
      locks++;
      taken.push({
        MessageId: message.messageId,
        ReceiptHandle: handle,
        MD5OfBody: message.md5OfBody,
        Body: message.body,
        MessageAttributes: message.messageAttributes,
      });
    }
    if (locks) this.fifoLockedGroups.set(group, locks);
    if (!messages.length) this.fifoMessages.delete(group);
  }
  return taken;
};

// ---- who hangs up

queue.waitForMessages = function (seconds) {
  return new Promise((resolve) => {
    const socket = asking.getStore();
    const waiter = { resolve };
    waiter.timer = setTimeout(() => leave(true), seconds * 1000);
    const leave = (answer) => {
      clearTimeout(waiter.timer);
      this.pollWaiters = this.pollWaiters.filter((other) => other !== waiter);
      if (answer) resolve();
      this.stopPollTimerIfEmpty();
    };
    waiter.resolve = () => (socket?.destroyed ? undefined : (resolve(), this.stopPollTimerIfEmpty()));
    socket?.once("close", () => leave(false));
    this.pollWaiters.push(waiter);
    this.startPollTimerIfNeeded();
  });
};

// ---- the server

const app = buildApp({ logger: false, host: "localhost" });
app.addHook("preHandler", (request, reply, done) => asking.run(request.raw.socket, done));
await app.ready();

let listening = false;
function toggle() {
  listening = !listening;
  if (listening) app.server.listen(port, "127.0.0.1");
  else {
    app.server.close();
    app.server.closeAllConnections();
  }
}
process.on("SIGUSR2", toggle);
toggle();
setInterval(() => {}, 60000); // the program goes on while nobody can reach it
