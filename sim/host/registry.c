#include "host/registry.h"

#include <glib.h>
#include <gmodule.h>
#include <string.h>

#include "base/text.h"
#include "host/offer.h"

enum { OTHER_VERSIONS_MAX = 20 }; /* that a missing symbol is looked for under */

struct entry {
    const struct cs_protocol *protocol;
    char *origin; /* NULL: built in */
    bool replaced;
};

/* One protocol of one build. */
struct offered {
    const struct cs_protocol *protocol;
    const char *build; /* one of `builds` */
};

struct registry {
    GArray *entries;   /* struct entry, in the order in which they came */
    GPtrArray *builds; /* their names, in the order in which they came */
    GArray *offered;   /* struct offered, of all builds */
    GPtrArray *modules;
    bool keeps_state; /* one of the modules does */
};

static void entry_clear(gpointer data)
{
    struct entry *entry = data;
    g_free(entry->origin);
}

/* The registry's own text of a build's name. */
static const char *build_named(struct registry *registry, const char *name)
{
    for (guint i = 0; i < registry->builds->len; i++) {
        const char *build = g_ptr_array_index(registry->builds, i);
        if (strcmp(build, name) == 0)
            return build;
    }
    g_ptr_array_add(registry->builds, g_strdup(name));
    return g_ptr_array_index(registry->builds, registry->builds->len - 1);
}

static const char *build_of_file(struct registry *registry, const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return build_named(registry, name);
}

static void add_offered(struct registry *registry, const struct cs_protocol *protocol,
                        const char *build)
{
    for (guint i = 0; i < registry->offered->len; i++) {
        struct offered *offered = &g_array_index(registry->offered, struct offered, i);
        if (offered->build == build && strcmp(offered->protocol->name, protocol->name) == 0) {
            offered->protocol = protocol;
            return;
        }
    }
    struct offered offered = { protocol, build };
    g_array_append_val(registry->offered, offered);
}

static void add(struct registry *registry, const struct cs_protocol *protocol, const char *origin,
                const char *build)
{
    add_offered(registry, protocol, build);
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
    registry->builds = g_ptr_array_new_with_free_func(g_free);
    registry->offered = g_array_new(FALSE, TRUE, sizeof(struct offered));
    registry->modules = g_ptr_array_new();
    struct cs_text fault = { 0 };
    if (!offer_is_sound(builtin, &fault))
        cs_assert_failed(text_string(&fault), __FILE__, __LINE__);
    const char *build = build_named(registry, "built-in");
    for (; *builtin != NULL; builtin++)
        add(registry, *builtin, NULL, build);
    return registry;
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    g_array_free(registry->entries, TRUE);
    g_array_free(registry->offered, TRUE);
    g_ptr_array_free(registry->builds, TRUE);
    for (guint i = 0; i < registry->modules->len; i++)
        g_module_close(g_ptr_array_index(registry->modules, i));
    g_ptr_array_free(registry->modules, TRUE);
    g_free(registry);
}

/* Why a module has not the one symbol: what C++ makes of the function's name, that of another
 * version, or nothing that we know. */
static void tell_missing(GModule *module, struct cs_text *fault)
{
    gpointer symbol = NULL;
    cs_text_add(fault, "it does not export \"" CS_PLUGIN_SYMBOL "\"");
    if (g_module_symbol(module, "_Z19" CS_PLUGIN_SYMBOL "v", &symbol)) {
        cs_text_add(fault, ", but a function of C++ of that name: declare it extern \"C\"");
        return;
    }
    for (unsigned version = 1; version <= OTHER_VERSIONS_MAX; version++) {
        g_autofree char *name = g_strdup_printf("clustersim_plugin_%u", version);
        if (version != CS_API_VERSION && g_module_symbol(module, name, &symbol)) {
            cs_text_add(fault,
                        ", but \"%s\": it was built for version %u of clustersim/protocol.h, this "
                        "is version %u",
                        name, version, (unsigned)CS_API_VERSION);
            return;
        }
    }
}

/* What the module offers, or NULL and the end of a sentence that says why it cannot be used. */
static const struct cs_protocol *const *offered_by(GModule *module, struct cs_text *fault)
{
    gpointer symbol = NULL;
    if (!g_module_symbol(module, CS_PLUGIN_SYMBOL, &symbol) || symbol == NULL) {
        tell_missing(module, fault);
        return NULL;
    }
    cs_plugin_function function;
    _Static_assert(sizeof function == sizeof symbol, "POSIX: a symbol is a function's address");
    memcpy(&function, &symbol, sizeof function);
    const struct cs_protocol *const *protocols = function();
    if (protocols == NULL || protocols[0] == NULL) {
        cs_text_add(fault, "it offers no protocols");
        return NULL;
    }
    return offer_is_sound(protocols, fault) ? protocols : NULL;
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
    struct cs_text fault = { 0 };
    const struct cs_protocol *const *protocols = offered_by(module, &fault);
    if (protocols == NULL) {
        *ret_error =
            g_strdup_printf("plug-in \"%s\" cannot be used: %s", path, text_string(&fault));
        text_done(&fault);
        g_module_close(module);
        return false;
    }
    const char *build = build_of_file(registry, path);
    for (size_t i = 0; protocols[i] != NULL; i++)
        add(registry, protocols[i], path, build);
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

/* What a name was found to mean so far. */
struct meaning {
    const struct cs_protocol *protocol; /* NULL: nothing yet */
    const struct cs_program *program;
};

/* One more protocol that it could be of; the longer name wins. */
static void consider(struct meaning *meaning, const struct cs_protocol *protocol, const char *name)
{
    const char *role = NULL;
    size_t longest = meaning->protocol != NULL ? strlen(meaning->protocol->name) : 0;
    if (!bears_name(protocol, name, &role) || strlen(protocol->name) <= longest)
        return;
    for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
        if (strcmp(p->role, role) == 0)
            *meaning = (struct meaning){ protocol, p };
    }
}

static const struct cs_program *found(const struct meaning *meaning,
                                      const struct cs_protocol **ret_protocol)
{
    if (meaning->protocol != NULL)
        *ret_protocol = meaning->protocol;
    return meaning->program;
}

const struct cs_program *registry_find(const struct registry *registry, const char *name,
                                       const struct cs_protocol **ret_protocol)
{
    struct meaning meaning = { 0 };
    for (guint i = 0; i < registry->entries->len; i++)
        consider(&meaning, g_array_index(registry->entries, struct entry, i).protocol, name);
    return found(&meaning, ret_protocol);
}

const struct cs_program *registry_find_build(const struct registry *registry, const char *name,
                                             const char *build,
                                             const struct cs_protocol **ret_protocol)
{
    struct meaning meaning = { 0 };
    for (guint i = 0; i < registry->offered->len; i++) {
        const struct offered *offered = &g_array_index(registry->offered, struct offered, i);
        if (strcmp(offered->build, build) == 0)
            consider(&meaning, offered->protocol, name);
    }
    return found(&meaning, ret_protocol);
}

bool registry_brings(const struct registry *registry, const char *build, const char *protocol)
{
    for (guint i = 0; i < registry->offered->len; i++) {
        const struct offered *offered = &g_array_index(registry->offered, struct offered, i);
        if (strcmp(offered->build, build) == 0 && strcmp(offered->protocol->name, protocol) == 0)
            return true;
    }
    return false;
}

size_t registry_build_count(const struct registry *registry) { return registry->builds->len; }

const char *registry_build_at(const struct registry *registry, size_t index)
{
    cs_assert(index < registry->builds->len);
    return g_ptr_array_index(registry->builds, index);
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
