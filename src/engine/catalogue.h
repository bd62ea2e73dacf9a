/* catalogue.h - the store is told what this program is made of. */
#ifndef JN_ENGINE_CATALOGUE_H
#define JN_ENGINE_CATALOGUE_H

#include "core/engine.h"

/* At open: describe this program in its store (ST-36), which is written only if something
 * differs. A follower describes nothing. A store that fails is logged, and the program
 * works all the same, because only people read the catalogue. NO_MEMORY. */
enum jangle_result jn_catalogue_write(struct jangle *jangle, struct jangle_error *error);

#endif
