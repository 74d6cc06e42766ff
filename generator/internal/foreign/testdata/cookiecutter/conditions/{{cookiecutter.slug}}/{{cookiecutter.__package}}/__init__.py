"""{{ cookiecutter.project_name|title }}."""
