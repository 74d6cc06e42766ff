print("{{ cookiecutter.slug }}")
