/* store.c - the whole contract of include/jangle/plugin/store.h. */
#include "contract/store.h"

int store_contract(const struct backend *backend)
{
    return store_commit_contract(backend) + store_result_contract(backend) +
           store_append_contract(backend) + store_command_contract(backend) +
           store_event_contract(backend) + store_delivery_contract(backend) +
           store_parked_contract(backend) + store_pause_contract(backend) +
           store_offset_contract(backend) + store_epoch_contract(backend) +
           store_chain_contract(backend) + store_saga_contract(backend) +
           store_life_contract(backend) + store_catalogue_contract(backend) +
           store_look_contract(backend) + store_thread_contract(backend);
}
