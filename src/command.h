/* command.h - what the rest of the engine may ask of commands. */
#ifndef JN_COMMAND_H
#define JN_COMMAND_H

#include "engine.h"

enum { JN_ID_LIMIT = 200 }; /* bytes of an id: aggregates, commands */

#endif
