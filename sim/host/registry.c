#include "host/registry.h"

#include <glib.h>
#include <gmodule.h>
#include <string.h>

struct entry {
    const struct cs_protocol *protocol;
    char *origin; /* NULL: built in */
    bool replaced;
};

struct registry {
    GArray *entries; /* struct entry, in the order in which they came */
    GPtrArray *modules;
    bool keeps_state; /* one of the modules does */
};

/* Why a protocol cannot be used, as the end of a sentence, or NULL.  g_free. */
static char *fault_of(const struct cs_protocol *protocol)
{
    if (protocol->name == NULL || protocol->name[0] == '\0')
        return g_strdup("a protocol has no name");
    if (protocol->api_version != CS_API_VERSION) {
        return g_strdup_printf("protocol \"%s\" was built for version %u of "
                               "clustersim/protocol.h, this is version %u",
                               protocol->name, protocol->api_version, CS_API_VERSION);
    }
    if (protocol->programs == NULL || protocol->programs[0].role == NULL)
        return g_strdup_printf("protocol \"%s\" has no programs", protocol->name);
    for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
        if (p->state_size == 0)
            return g_strdup_printf("program \"%s-%s\" has no state", protocol->name, p->role);
    }
    return NULL;
}

static void entry_clear(gpointer data)
{
    struct entry *entry = data;
    g_free(entry->origin);
}

static void add(struct registry *registry, const struct cs_protocol *protocol, const char *origin)
{
    for (guint i = 0; i < registry->entries->len; i++) {
        struct entry *entry = &g_array_index(registry->entries, struct entry, i);
        if (strcmp(entry->protocol->name, protocol->name) == 0) {
            g_free(entry->origin);
            *entry = (struct entry){ protocol, g_strdup(origin), true };
            return;
        }
    }
    struct entry entry = { protocol, g_strdup(origin), false };
    g_array_append_val(registry->entries, entry);
}

struct registry *registry_new(const struct cs_protocol *const *builtin)
{
    struct registry *registry = g_new0(struct registry, 1);
    registry->entries = g_array_new(FALSE, TRUE, sizeof(struct entry));
    g_array_set_clear_func(registry->entries, entry_clear);
    registry->modules = g_ptr_array_new();
    for (; *builtin != NULL; builtin++) {
        g_autofree char *fault = fault_of(*builtin);
        cs_assert(fault == NULL);
        add(registry, *builtin, NULL);
    }
    return registry;
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    g_array_free(registry->entries, TRUE);
    for (guint i = 0; i < registry->modules->len; i++)
        g_module_close(g_ptr_array_index(registry->modules, i));
    g_ptr_array_free(registry->modules, TRUE);
    g_free(registry);
}

/* What the module offers, or NULL and the end of a sentence that says why it cannot be used. */
static const struct cs_protocol *const *offered_by(GModule *module, char **ret_fault)
{
    gpointer symbol = NULL;
    if (!g_module_symbol(module, CS_PLUGIN_SYMBOL, &symbol) || symbol == NULL) {
        *ret_fault = g_strdup("it does not export \"" CS_PLUGIN_SYMBOL "\"");
        return NULL;
    }
    cs_plugin_function function;
    _Static_assert(sizeof function == sizeof symbol, "POSIX: a symbol is a function's address");
    memcpy(&function, &symbol, sizeof function);
    const struct cs_protocol *const *protocols = function();
    if (protocols == NULL || protocols[0] == NULL) {
        *ret_fault = g_strdup("it offers no protocols");
        return NULL;
    }
    for (size_t i = 0; protocols[i] != NULL; i++) {
        *ret_fault = fault_of(protocols[i]);
        if (*ret_fault != NULL)
            return NULL;
    }
    return protocols;
}

bool registry_load(struct registry *registry, const char *path, char **ret_error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        *ret_error = g_strdup_printf("plug-in \"%s\" does not exist", path);
        return false;
    }
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        *ret_error = g_strdup_printf("plug-in \"%s\" is a folder, not a shared object", path);
        return false;
    }
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    GModule *module = g_module_open(full, G_MODULE_BIND_LOCAL);
    if (module == NULL) {
        *ret_error = g_strdup_printf("plug-in \"%s\" cannot be loaded: %s", path, g_module_error());
        return false;
    }
    g_autofree char *fault = NULL;
    const struct cs_protocol *const *protocols = offered_by(module, &fault);
    if (protocols == NULL) {
        *ret_error = g_strdup_printf("plug-in \"%s\" cannot be used: %s", path, fault);
        g_module_close(module);
        return false;
    }
    for (size_t i = 0; protocols[i] != NULL; i++)
        add(registry, protocols[i], path);
    gpointer symbol = NULL;
    if (g_module_symbol(module, CS_PLUGIN_KEEPS_STATE_SYMBOL, &symbol))
        registry->keeps_state = true;
    g_ptr_array_add(registry->modules, module);
    return true;
}

/* Whether `name` is `protocol`'s, alone or with a role behind it: "raft", "raft-client". */
static bool bears_name(const struct cs_protocol *protocol, const char *name, const char **ret_role)
{
    size_t length = strlen(protocol->name);
    if (strncmp(name, protocol->name, length) != 0)
        return false;
    if (name[length] != '\0' && name[length] != '-')
        return false;
    *ret_role = name[length] == '\0' ? "server" : name + length + 1;
    return true;
}

const struct cs_program *registry_find(const struct registry *registry, const char *name,
                                       const struct cs_protocol **ret_protocol)
{
    const struct cs_program *found = NULL;
    size_t longest = 0;
    for (guint i = 0; i < registry->entries->len; i++) {
        const struct cs_protocol *protocol =
            g_array_index(registry->entries, struct entry, i).protocol;
        const char *role = NULL;
        if (!bears_name(protocol, name, &role) || strlen(protocol->name) <= longest)
            continue;
        for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
            if (strcmp(p->role, role) == 0) {
                longest = strlen(protocol->name);
                *ret_protocol = protocol;
                found = p;
            }
        }
    }
    return found;
}

size_t registry_count(const struct registry *registry) { return registry->entries->len; }

static const struct entry *entry_at(const struct registry *registry, size_t index)
{
    cs_assert(index < registry->entries->len);
    return &g_array_index(registry->entries, struct entry, index);
}

const struct cs_protocol *registry_at(const struct registry *registry, size_t index)
{
    return entry_at(registry, index)->protocol;
}

const char *registry_origin(const struct registry *registry, size_t index)
{
    return entry_at(registry, index)->origin;
}

bool registry_keeps_state(const struct registry *registry) { return registry->keeps_state; }

bool registry_replaced(const struct registry *registry, size_t index)
{
    return entry_at(registry, index)->replaced;
}
