from django.contrib.auth.forms import AuthenticationForm, UserCreationForm, UsernameField
from django.forms import TextInput

from .models import User


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")


class LoginForm(AuthenticationForm):
    """Django's own, which lets longer names in than the log of failed attempts can hold."""

    username = UsernameField(max_length=150, widget=TextInput({"autofocus": True}))
