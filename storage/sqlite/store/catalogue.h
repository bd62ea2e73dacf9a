/* catalogue.h - what programs are made of, as they have described it. */
#ifndef JN_CATALOGUE_H
#define JN_CATALOGUE_H

#include "sqlite/store/sqlite_store.h"

jangle_store_set_catalogue_fn jn_sqlite_set_catalogue;
jangle_store_read_catalogue_fn jn_sqlite_read_catalogue;

#endif
