/* moves.h - a tale of money that sagas move between tills: told once, wherever it is
 * cut, and checked in the end. */
#ifndef MOVES_H
#define MOVES_H

#include "support/domains/tills.h"

/* Moves the money there, or gives it back; those whose id begins with t wait until they
 * time out. */
extern const struct jangle_saga mover_saga;

/* False if it cannot be opened. */
bool moves_open(struct world *world);

/* Tell as much of it as can be told; what fails is skipped. Asserts nothing. */
void moves_tell(struct world *world);

/* Of an open world: what was answered holds also when the tills are opened and closed
 * now; the tale is told to its end, each move is made once or given back once. */
void moves_check(struct world *world);

#endif
