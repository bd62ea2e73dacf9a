/* outbox.h - what a program does by hand to publish what it has stored: it reads events
 * in their order, writes a CloudEvent of each, and stores how far it has come. This is
 * the pattern that is called an outbox. */
#ifndef BENCH_OUTBOX_H
#define BENCH_OUTBOX_H

#include "rows/body.h"

struct outbox;

/* Make the file, with so many events, each of the next one of so many streams. It ends
 * the program if it fails, and so do all of these. */
struct outbox *outbox_open(const char *path, int64_t count, int64_t streams);

/* The body of the next event; returns how long it is. */
int outbox_next(struct outbox *outbox, char text[BODY_SIZE]);

/* Make durable that the broker has confirmed so many from the first one on. */
void outbox_confirm(struct outbox *outbox, int64_t confirmed);

void outbox_close(struct outbox *outbox);

#endif
