{
    'name': 'Acme PBX for Odoo',
    'summary': 'Calls beside the customer: click to dial, call notes',
    'version': '17.0.1.4.0',
    'category': 'Productivity',
    'author': 'Acme',
    'license': 'LGPL-3',
    'depends': ['base'],
    'data': ['data/parameters.xml'],
    'post_init_hook': 'post_init_hook',
    'installable': True,
}
