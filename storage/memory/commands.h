/* commands.h - what is stored of a command. */
#ifndef JN_MEMORY_COMMANDS_H
#define JN_MEMORY_COMMANDS_H

#include "memory/memory.h"

jangle_store_find_command_fn jn_memory_find_command;
jangle_store_read_command_fn jn_memory_read_command;

#endif
