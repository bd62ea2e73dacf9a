/* acks.h - what was promised to whom: a line for each command that was answered.
 *
 *     COMMAND_ID ANSWER POSITION
 *
 * The position is that of its last event, and 0 if nothing was stored. A line is one
 * write, done before its thread sends anything else: whatever happens to the program, at
 * most the last answer of each thread is not noted. */
#ifndef BANK_ACKS_H
#define BANK_ACKS_H

#include <jangle/result.h>

/* Open a file to add to, or a pipe. Returns a descriptor, or -1 with errno set. */
int acks_open(const char *path);

/* False, with errno set: it could not be noted. */
bool acks_write(int acks, const char *command_id, const struct jangle_outcome *outcome);

#endif
