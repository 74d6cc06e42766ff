import os
if '{{ cookiecutter.keep }}' == 'no':
    os.remove('optional.txt')
with open('made.txt', 'w') as f:
    f.write('by the hook of {{ cookiecutter.slug }}\n')
