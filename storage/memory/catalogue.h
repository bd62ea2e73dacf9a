/* catalogue.h - what programs are made of, as they have described it. */
#ifndef JN_MEMORY_CATALOGUE_H
#define JN_MEMORY_CATALOGUE_H

#include "memory/memory.h"

jangle_store_set_catalogue_fn jn_memory_set_catalogue;
jangle_store_read_catalogue_fn jn_memory_read_catalogue;

#endif
