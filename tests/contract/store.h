/* store.h - the parts of the store's contract, as the suite is split into files. */
#ifndef STORE_CONTRACT_H
#define STORE_CONTRACT_H

#include "contract/world.h"

int store_commit_contract(const struct backend *backend);
int store_result_contract(const struct backend *backend);
int store_append_contract(const struct backend *backend);
int store_command_contract(const struct backend *backend);
int store_event_contract(const struct backend *backend);
int store_delivery_contract(const struct backend *backend);
int store_parked_contract(const struct backend *backend);
int store_pause_contract(const struct backend *backend);
int store_catalogue_contract(const struct backend *backend);
int store_offset_contract(const struct backend *backend);
int store_epoch_contract(const struct backend *backend);
int store_chain_contract(const struct backend *backend);
int store_saga_contract(const struct backend *backend);
int store_life_contract(const struct backend *backend);
int store_look_contract(const struct backend *backend);
int store_thread_contract(const struct backend *backend);

#endif
