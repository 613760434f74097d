"""What Odoo does with a module's zip, without Odoo: two ways in, by the rules of each.

    odoo.py install MODULE.zip SITE    unpacked into the addons path: every file, and the post_init_hook runs, once
    odoo.py import MODULE.zip SITE     uploaded in the browser: data files of the manifest, static/ and translations
                                       stay, as attachments; Python is not among them, so nothing runs

A site is a folder with one database's files. The last line that is printed is JSON.
"""
import ast
import importlib
import json
import logging
import os
import sys
import types
import zipfile

sys.dont_write_bytecode = True
DATABASE = 'acme'


def make_odoo(site):
    """The part of the package `odoo` that the hook imports: where a database keeps its files."""
    odoo, tools = types.ModuleType('odoo'), types.ModuleType('odoo.tools')
    tools.config = types.SimpleNamespace(filestore=lambda dbname: os.path.join(site, 'filestore', dbname))
    odoo.tools = tools
    sys.modules.update({'odoo': odoo, 'odoo.tools': tools})
    os.makedirs(tools.config.filestore(DATABASE), exist_ok=True)


def manifest_of(archive):
    """The module's name and manifest."""
    path = next(name for name in archive.namelist() if name.endswith('/__manifest__.py') and name.count('/') == 1)
    return path.split('/')[0], ast.literal_eval(archive.read(path).decode())


def is_imported(path, manifest):
    """What the upload in the browser keeps of a module, `path` without the module's name."""
    declared = manifest.get('data', []) + manifest.get('demo', [])
    return path in declared or path.startswith('static/') or (path.startswith('i18n/') and path.endswith('.po'))


def import_module(archive, site):
    module, manifest = manifest_of(archive)
    files = [name for name in archive.namelist() if not name.endswith('/')]
    kept = [name for name in files if is_imported(name[len(module) + 1:], manifest)]
    archive.extractall(os.path.join(site, 'attachments'), kept)
    return module, sorted(kept)


def install_module(archive, site):
    module, manifest = manifest_of(archive)
    addons = os.path.join(site, 'addons')
    is_upgrade = os.path.isdir(os.path.join(addons, module))
    archive.extractall(addons)
    if not is_upgrade:  # the hook runs once, at the first installation
        make_odoo(site)
        sys.path.insert(0, addons)
        hook = getattr(importlib.import_module(module), manifest['post_init_hook'])
        hook(types.SimpleNamespace(cr=types.SimpleNamespace(dbname=DATABASE)))
    return module, sorted(name for name in archive.namelist() if not name.endswith('/'))


def stored(site, module):
    """What the module keeps, as text."""
    try:
        with open(os.path.join(site, 'filestore', DATABASE, module + '.sentby')) as file:
            return file.read()
    except FileNotFoundError:
        return ''


def main(way, file, site):
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format='%(name)s: %(message)s')
    os.makedirs(site, exist_ok=True)
    with zipfile.ZipFile(file) as archive:
        broken = archive.testzip()
        if broken:
            sys.exit('damaged: ' + broken)
        module, kept = {'import': import_module, 'install': install_module}[way](archive, site)
    print(json.dumps({'module': module, 'kept': kept, 'store': stored(site, module)}))


if __name__ == '__main__':
    main(*sys.argv[1:])
