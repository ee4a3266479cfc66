"""Files in an S3-compatible store: the settings as documented, against a real endpoint of the protocol on this machine."""

import io
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from moto.server import ThreadedMotoServer
from pypdf import PdfWriter

from dgs.config.settings import file_storage
from dgs.core.documents import api as documents
from dgs.core.documents.files import FileLost, sweep_orphans
from dgs.core.documents.models import StoredFile

pytestmark = [pytest.mark.django_db, pytest.mark.server]
KEYS = {"aws_access_key_id": "contoh", "aws_secret_access_key": "contoh", "region_name": "ap-southeast-3"}


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch, settings):
    """An empty bucket, and this instance set to keep its files there by nothing but its environment."""
    client = boto3.client("s3", endpoint_url=endpoint, **KEYS)
    client.create_bucket(Bucket="dgs", CreateBucketConfiguration={"LocationConstraint": KEYS["region_name"]})
    for name, value in {
        "BUCKET": "dgs", "ENDPOINT": endpoint, "REGION": KEYS["region_name"], "ACCESS_KEY": "contoh", "SECRET_KEY": "contoh",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"DGS_S3_{name}", value)
    settings.STORAGES = settings.STORAGES | {"default": file_storage()}
    yield client
    for key in keys(client):
        client.delete_object(Bucket="dgs", Key=key)
    client.delete_bucket(Bucket="dgs")


def keys(client):
    return [item["Key"] for item in client.list_objects_v2(Bucket="dgs").get("Contents", [])]


def pdf():
    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(target)
    return target.getvalue()


def keep(owner=None, **more):
    upload = SimpleUploadedFile("surat.pdf", pdf(), content_type="application/pdf")
    return documents.keep_file(upload, owner=owner, **({"about": "", "now": timezone.now()} | more))


def test_a_file_is_kept_in_the_bucket_and_read_back_byte_for_byte(bucket):
    stored = keep()
    assert keys(bucket) == [stored.key]
    assert documents.read_file(stored) == pdf()


def test_two_files_never_share_a_place_and_none_is_public(bucket):
    first, second = keep(), keep()
    assert sorted(keys(bucket)) == sorted([first.key, second.key])
    grants = bucket.get_object_acl(Bucket="dgs", Key=first.key)["Grants"]
    assert not [g for g in grants if g["Grantee"].get("URI")]


def test_a_file_that_was_given_up_leaves_the_bucket(bucket, django_capture_on_commit_callbacks):
    keep(about="cases.draft:1")
    with django_capture_on_commit_callbacks(execute=True):
        assert documents.forget_files(about="cases.draft:1") == 1
    assert keys(bucket) == [] and not StoredFile.objects.exists()


def test_a_file_that_the_store_lost_or_changed_is_said_to_be_lost(bucket):
    lost, changed = keep(), keep()
    bucket.delete_object(Bucket="dgs", Key=lost.key)
    bucket.put_object(Bucket="dgs", Key=changed.key, Body=b"lain")
    for stored in (lost, changed):
        with pytest.raises(FileLost):
            documents.read_file(stored)


def test_the_sweep_takes_old_files_without_a_row_and_leaves_the_rest(bucket):
    kept = keep()
    orphan = f"{timezone.now():%Y/%m}/tanpa-baris"
    bucket.put_object(Bucket="dgs", Key=orphan, Body=b"x")
    assert sweep_orphans(now=timezone.now()) == 0
    assert sweep_orphans(now=timezone.now(), age=timedelta(seconds=-5)) == 1
    assert keys(bucket) == [kept.key]


def test_its_owner_opens_a_file_on_the_page(bucket, users, client):
    owner = users("clerk")[0]
    stored = keep(owner)
    client.force_login(owner)
    answer = client.get(reverse("documents:file", args=[stored.pk]))
    assert answer.status_code == 200 and b"".join(answer.streaming_content) == pdf()
    assert answer["Content-Length"] == str(len(pdf()))
    answer.close()


def test_a_bucket_that_is_not_there_keeps_nothing_and_writes_no_row(bucket, monkeypatch, settings):
    monkeypatch.setenv("DGS_S3_BUCKET", "lain")
    settings.STORAGES = settings.STORAGES | {"default": file_storage()}
    with pytest.raises(ClientError):
        keep()
    assert not StoredFile.objects.exists() and default_storage.bucket_name == "lain"
