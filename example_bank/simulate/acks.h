/* acks.h - notes each answer in a file, so that the audit can compare the answers with
 * what is stored. One line for each command that was answered:
 *
 *     COMMAND_ID ANSWER POSITION
 *
 * POSITION is that of the last event of the command, and 0 if nothing was stored. A line
 * is written at once, before its thread sends the next command. So even if the program is
 * killed, at most the last answer of each thread is missing. */
#ifndef BANK_ACKS_H
#define BANK_ACKS_H

#include <jangle/result.h>

/* Open a file or a pipe for adding lines. Returns a descriptor, or -1 with errno set. */
int acks_open(const char *path);

/* False, with errno set: the line could not be written. */
bool acks_write(int acks, const char *command_id, const struct jangle_outcome *outcome);

#endif
