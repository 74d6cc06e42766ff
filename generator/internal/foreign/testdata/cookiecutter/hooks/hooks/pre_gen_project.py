import re, sys
if not re.match(r'^[a-z][a-z0-9_-]*$', '{{ cookiecutter.slug }}'):
    print('the slug is wrong')
    sys.exit(1)
